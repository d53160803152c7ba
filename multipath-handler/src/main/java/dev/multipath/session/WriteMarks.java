package dev.multipath.session;

import dev.multipath.scheduler.Urgency;
import java.util.ArrayDeque;

/** What the application has said of some of the bytes that wait: how urgent they are, and when they are to arrive. */
final class WriteMarks {

    /** Of the bytes from one position in the stream up to another. */
    private record Mark(long fromBytes, long toBytes, Urgency urgency, long deadlineNanos) {
        boolean isContinuedBy(Mark next) {
            return toBytes == next.fromBytes && urgency == next.urgency && deadlineNanos == next.deadlineNanos;
        }
    }

    /** Those of what waits, in order. Null until somebody says something. */
    private ArrayDeque<Mark> marks;

    void add(long fromBytes, int bytes, Urgency urgency, long deadlineNanos) {
        if (bytes == 0 || (urgency == Urgency.NORMAL && deadlineNanos == Deadline.NONE)) {
            return;
        }
        if (marks == null) {
            marks = new ArrayDeque<>();
        }
        Mark mark = new Mark(fromBytes, fromBytes + bytes, urgency, deadlineNanos);
        Mark last = marks.peekLast();
        if (last != null && last.isContinuedBy(mark)) {
            marks.pollLast();
            mark = new Mark(last.fromBytes, mark.toBytes, urgency, deadlineNanos);
        }
        marks.add(mark);
    }

    /** What was said of the first bytes that wait; to be called before the others, with the position of the first. */
    Urgency urgency(long position) {
        if (marks == null) {
            return Urgency.NORMAL;
        }
        Mark mark;
        while ((mark = marks.peek()) != null && mark.toBytes <= position) {
            marks.poll();
        }
        return mark == null || position < mark.fromBytes ? Urgency.NORMAL : mark.urgency;
    }

    /** Up to where the bytes from that position on are of one kind. */
    long kindEndsAtBytes(long position) {
        Mark mark = marks == null ? null : marks.peek();
        if (mark == null) {
            return Long.MAX_VALUE;
        }
        return position < mark.fromBytes ? mark.fromBytes : mark.toBytes;
    }

    /** How many bytes from that position on have to arrive by {@link #deadlineNanos()}; 0 if there is no deadline. */
    long dueBytes(long position) {
        Mark due = due();
        return due == null ? 0 : due.toBytes - position;
    }

    /** The first deadline of all that waits. */
    long deadlineNanos() {
        Mark due = due();
        return due == null ? Deadline.NONE : due.deadlineNanos;
    }

    private Mark due() {
        if (marks != null && !marks.isEmpty()) {
            for (Mark mark : marks) {
                if (mark.deadlineNanos != Deadline.NONE) {
                    return mark;
                }
            }
        }
        return null;
    }
}
