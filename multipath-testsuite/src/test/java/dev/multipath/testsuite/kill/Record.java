package dev.multipath.testsuite.kill;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** What an end has seen. Written on its event loop, read by any thread once it is closed, or about. */
final class Record {

    private static final int MAX_STORY = 300;
    private static final int SHOWN_BYTES = 48;

    private final Plan plan;
    private final Direction whose;
    private final long startNanos;
    private final List<String> story = new CopyOnWriteArrayList<>();
    private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();

    volatile boolean began;
    volatile long sentBytes;
    volatile boolean outputEnded;
    volatile long receivedBytes;

    /** The other end's end was seen, and nothing that spoke against it. */
    volatile boolean inputEnded;

    /** The application has closed by itself. */
    volatile boolean left;

    volatile boolean leftEarly;
    volatile long abortCode;
    volatile boolean closeUnheard;
    volatile boolean closed;
    volatile Throwable closeFailure;

    private volatile boolean inactive;
    private volatile String wrongByte;
    private volatile String disorder;

    Record(Plan plan, Direction whose, long startNanos) {
        this.plan = plan;
        this.whose = whose;
        this.startNanos = startNanos;
    }

    void tell(String what) {
        if (story.size() < MAX_STORY) {
            story.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos) + " ms: " + what);
        }
    }

    /** Reads all of the bytes, and leaves them where they were. */
    void onReceived(ByteBuf received) {
        int length = received.readableBytes();
        byte[] actual = new byte[length];
        received.getBytes(received.readerIndex(), actual);
        Direction content = plan.contentOf(whose.other());
        byte[] expected = Content.bytes(plan.session(), content, receivedBytes, length);
        int at = Arrays.mismatch(expected, actual);
        if (at >= 0 && wrongByte == null) {
            int from = Math.max(0, at - 8);
            wrongByte = "offset " + (receivedBytes + at) + " of what session " + plan.session() + " receives "
                    + whose.other()
                    + ": expected ..." + hex(expected, from) + ", got ..." + hex(actual, from) + " (from offset "
                    + (receivedBytes + from) + " on, in a read of " + length + "), which is "
                    + Content.origin(actual, at);
            tell("WRONG BYTE: " + wrongByte);
        }
        if (inactive || inputEnded) {
            disorder("received bytes behind the end");
        }
        receivedBytes += length;
    }

    private static String hex(byte[] bytes, int from) {
        return HexFormat.of().formatHex(bytes, from, Math.min(bytes.length, from + SHOWN_BYTES));
    }

    void onInputEnded() {
        if (!exceptions.isEmpty()) {
            disorder("an orderly end behind an exception");
        }
        inputEnded = true;
    }

    void onException(Throwable cause) {
        tell("exception " + cause);
        if (inactive) {
            disorder("an exception behind channelInactive");
        }
        exceptions.add(cause);
    }

    void onInactive(boolean byOwnWill) {
        tell("inactive");
        if (inactive) {
            disorder("inactive twice");
        }
        inactive = true;
        if (!byOwnWill && exceptions.isEmpty()) {
            inputEnded = true;
        }
    }

    void onCloseDone(Throwable cause) {
        if (cause != null) {
            tell("close() failed: " + cause);
            closeFailure = cause;
        }
    }

    private void disorder(String what) {
        tell("DISORDER: " + what);
        disorder = what;
    }

    String wrongByte() {
        return wrongByte;
    }

    /** What was told in an order that cannot be. */
    String disorder() {
        return disorder;
    }

    List<Throwable> exceptions() {
        return exceptions;
    }

    /** Whether it was told of an error. */
    boolean hasFailed() {
        return !exceptions.isEmpty() || closeFailure != null;
    }

    @Override
    public String toString() {
        return (whose == Direction.UP ? "client" : "server") + ": sent " + sentBytes
                + (outputEnded ? " and its end" : "")
                + ", received " + receivedBytes + (inputEnded ? " and the end" : "")
                + (left ? ", closed by itself" : "")
                + (abortCode == 0 ? "" : ", aborted " + abortCode) + ", exceptions " + exceptions + ", close() "
                + closeFailure + "\n    " + String.join("\n    ", story);
    }
}
