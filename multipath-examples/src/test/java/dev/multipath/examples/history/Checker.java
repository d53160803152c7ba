package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Entry;
import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Judges histories: {@code FILE...}, the client's, the server's, and that of kills if there were any; and {@code --may-break} if a
 * stream ends with the last of its paths. Prints each violation, or a sum; exits with 1 if there is one.
 */
final class Checker {

    /** What must hold. */
    enum Rule {
        /** Each byte that is read has been written, at that position. */
        WRONG_BYTE("a byte was read that was not written there"),
        /** Nothing is left out and nothing comes twice: a read begins where the one before has ended. */
        NOT_IN_ORDER("a read does not begin where the one before it ended"),
        /** Nobody reads what is yet to be written. */
        BEFORE_ITS_TIME("a byte was read before it was written"),
        /** An end that looks clean is the writer's, behind all that was written. */
        FALSE_END("the end was read, but was not said, or not there"),
        /** Nothing is read behind an end, clean or not. */
        BEHIND_THE_END("something was read behind the end"),
        /** A stream reaches the server once. */
        TWICE("the stream was opened more than once"),
        /** What nobody cuts is whole in the end, unless it lived when a process was killed. */
        LOST("nobody cut the stream, and it broke, or its end was not read");

        private final String meaning;

        Rule(String meaning) {
            this.meaning = meaning;
        }
    }

    private record Violation(Rule rule, Entry entry, String stream) {}

    /** One direction of one stream: what was written, and what is known of the reader. */
    private static final class Direction {

        private final String name;
        private byte[] written = {};
        /** From which position on which moment holds: of the writes, in order. */
        private final TreeMap<Long, Long> writtenAt = new TreeMap<>();

        private Entry fin;
        private Entry end;
        private boolean over;
        private long read;

        Direction(String name) {
            this.name = name;
        }

        void write(Entry entry) {
            if (entry.position() != written.length) {
                throw new IllegalStateException("the workload itself is wrong: " + entry);
            }
            writtenAt.put(entry.position(), entry.nanos());
            written = Arrays.copyOf(written, written.length + entry.bytes().length);
            System.arraycopy(entry.bytes(), 0, written, (int) entry.position(), entry.bytes().length);
        }
    }

    /** When no process was there to carry a stream. */
    private record Gap(long fromNanos, long toNanos) {}

    private static final class Life {

        private long fromNanos = Long.MAX_VALUE;
        private long toNanos = Long.MIN_VALUE;

        void note(long nanos) {
            fromNanos = Math.min(fromNanos, nanos);
            toNanos = Math.max(toNanos, nanos);
        }

        boolean meets(Gap gap) {
            return fromNanos <= gap.toNanos && gap.fromNanos <= toNanos;
        }
    }

    private final boolean mayBreak;
    private final List<Violation> violations = new ArrayList<>();
    private final Map<String, Direction> directions = new HashMap<>();
    private final Map<Long, Integer> opened = new HashMap<>();
    private final Set<Long> cut = new HashSet<>();
    private final Map<Long, Life> lives = new HashMap<>();
    private final List<Gap> gaps = new ArrayList<>();
    private int asked;
    private int broken;

    Checker(boolean mayBreak) {
        this.mayBreak = mayBreak;
    }

    public static void main(String[] args) throws IOException {
        List<String> arguments = List.of(args);
        Checker checker = new Checker(arguments.contains("--may-break"));
        checker.judge(arguments.stream()
                .filter(argument -> !argument.startsWith("--"))
                .map(Path::of)
                .toList());
        System.exit(checker.report() ? 0 : 1);
    }

    private void judge(List<Path> files) throws IOException {
        for (Path file : files) {
            forEach(file, this::noteWritten);
        }
        for (Path file : files) {
            forEach(file, this::judgeRead);
        }
        for (Direction direction : directions.values()) {
            judgeEnd(direction);
        }
    }

    private static void forEach(Path file, Consumer<Entry> what) throws IOException {
        try (Stream<String> lines = Files.lines(file, StandardCharsets.US_ASCII)) {
            lines.map(Entry::parse).forEach(what);
        }
    }

    private Direction direction(Entry entry) {
        return directions.computeIfAbsent(entry.stream() + " " + entry.direction(), Direction::new);
    }

    private void violated(Rule rule, Entry entry, Direction direction) {
        violations.add(new Violation(rule, entry, direction.name));
    }

    private static boolean isOfStream(Entry entry) {
        return entry.event() != Event.KILL && entry.event() != Event.BACK;
    }

    /** What the ends have done, of all processes, before it is looked at what they have seen. */
    private void noteWritten(Entry entry) {
        if (isOfStream(entry)) {
            lives.computeIfAbsent(entry.stream(), stream -> new Life()).note(entry.nanos());
        }
        switch (entry.event()) {
            case KILL -> gaps.add(new Gap(entry.nanos(), Long.MAX_VALUE));
            case BACK -> gaps.set(gaps.size() - 1, new Gap(gaps.get(gaps.size() - 1).fromNanos, entry.nanos()));
            case OPEN -> {
                asked += entry.direction() == History.UP ? 1 : 0;
                if (entry.direction() == History.DOWN && opened.merge(entry.stream(), 1, Integer::sum) > 1) {
                    violated(Rule.TWICE, entry, direction(entry));
                }
            }
            case WRITE -> direction(entry).write(entry);
            case FIN -> direction(entry).fin = entry;
            case ABORT -> cut.add(entry.stream());
            default -> {
                // Seen, not done.
            }
        }
    }

    private void judgeRead(Entry entry) {
        if (!isOfStream(entry)) {
            return;
        }
        Direction direction = direction(entry);
        switch (entry.event()) {
            case READ -> judgeBytes(entry, direction);
            case END, BROKEN -> {
                if (direction.over) {
                    violated(Rule.BEHIND_THE_END, entry, direction);
                }
                direction.over = true;
                if (entry.event() == Event.END) {
                    direction.end = entry;
                    Entry fin = direction.fin;
                    if (fin == null
                            || fin.nanos() > entry.nanos()
                            || fin.position() != direction.read
                            || entry.position() != direction.read) {
                        violated(Rule.FALSE_END, entry, direction);
                    }
                }
            }
            default -> {
                // Done, not seen.
            }
        }
        boolean broke = entry.event() == Event.BROKEN || entry.event() == Event.FAILED;
        broken += entry.event() == Event.BROKEN ? 1 : 0;
        if (broke && mustBeWhole(entry)) {
            violated(Rule.LOST, entry, direction);
        }
    }

    private void judgeBytes(Entry entry, Direction direction) {
        if (direction.over) {
            violated(Rule.BEHIND_THE_END, entry, direction);
        }
        if (entry.position() != direction.read) {
            violated(Rule.NOT_IN_ORDER, entry, direction);
        }
        int from = (int) entry.position();
        int to = from + entry.bytes().length;
        direction.read = to;
        if (to > direction.written.length
                || !Arrays.equals(direction.written, from, to, entry.bytes(), 0, entry.bytes().length)) {
            violated(Rule.WRONG_BYTE, entry, direction);
        } else if (direction.writtenAt.floorEntry(to - 1L).getValue() > entry.nanos()) {
            violated(Rule.BEFORE_ITS_TIME, entry, direction);
        }
    }

    private void judgeEnd(Direction direction) {
        Entry fin = direction.fin;
        if (fin != null && mustBeWhole(fin) && direction.end == null) {
            violated(Rule.LOST, fin, direction);
        }
    }

    /** One that has never come to the server was refused, as when no path can be connected. */
    private boolean mustBeWhole(Entry entry) {
        Life life = lives.get(entry.stream());
        return !mayBreak
                && opened.containsKey(entry.stream())
                && !cut.contains(entry.stream())
                && gaps.stream().noneMatch(life::meets);
    }

    private boolean report() {
        for (Violation violation : violations) {
            Entry entry = violation.entry();
            System.out.printf(
                    "%s: stream and direction %s, %s at position %d (%d bytes), moment %d: %s%n",
                    violation.rule(),
                    violation.stream(),
                    entry.event(),
                    entry.position(),
                    entry.bytes().length,
                    entry.nanos(),
                    violation.rule().meaning);
        }
        long bytes = directions.values().stream().mapToLong(each -> each.read).sum();
        long ended =
                directions.values().stream().filter(each -> each.end != null).count();
        System.out.printf(
                "%d streams of %d begun, %d cut by an end; %d processes killed; %d directions broken, %d read to a clean end, %d bytes read; %d violations%n",
                opened.size(), asked, cut.size(), gaps.size(), broken, ended, bytes, violations.size());
        return violations.isEmpty();
    }
}
