package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.HostileSession.expectEcho;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static dev.multipath.testsuite.attack.Wire.MAX_VARINT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Frames that may not be sent, or not then, or that mean nothing; on subflows that have proved themselves. */
final class FrameAttacks {

    private static final byte[] GARBAGE = Wire.times(16, new byte[] {-1});

    private FrameAttacks() {}

    static List<Attack> all() {
        return Stream.of(closed(), tolerated(), others()).flatMap(List::stream).toList();
    }

    /** Section 5: the second subflow of a session is closed for it, the first goes on. */
    private static List<Attack> closed() {
        return List.of(
                closed(
                        "data-above-a-megabyte",
                        "FrameTooLargeException",
                        Wire.header(Wire.MAX_DATA_PAYLOAD + 1, FIRST)),
                closed("data-of-2-to-the-62", "FrameTooLargeException", Wire.header(MAX_VARINT, FIRST)),
                closed("extended-above-4-kilobytes", "FrameTooLargeException", Wire.header(4097, Wire.EXTENSION)),
                closed("payload-under-0", "ReservedFrameNumberException", Wire.header(1, 0), new byte[1]),
                closed("payload-under-1", "ReservedFrameNumberException", Wire.header(9, 1), new byte[9]),
                closed("empty-path-frame", "MalformedFrameException", Wire.extended(Wire.PATH, new byte[] {1})),
                closed("hello-too-short", "MalformedFrameException", Wire.extended(Wire.HELLO, new byte[2])),
                closed("hello-with-half-a-key", "MalformedFrameException", helloWithKeyOf(16)),
                closed("ack-with-65-ranges", "MalformedFrameException", ackWithRanges(65)),
                closed("ack-with-an-empty-gap", "MalformedFrameException", Wire.ack(FIRST, 0, 0, 0, 1)),
                closed("ack-with-an-empty-range", "MalformedFrameException", Wire.ack(FIRST, 0, 0, 1, 0)),
                closed("ack-without-its-ranges", "MalformedFrameException", ackWithoutItsRanges()),
                closed("fin-under-10", "MalformedFrameException", Wire.fin(9)),
                closed("reset-with-a-long-reason", "MalformedFrameException", Wire.reset(256, "x".repeat(1025))),
                closed("reset-with-64-kilobytes", "FrameTooLargeException", Wire.reset(256, "x".repeat(1 << 16))),
                closed(
                        "path-close-with-a-long-reason",
                        "MalformedFrameException",
                        Wire.pathClose(0, 256, "x".repeat(1025))),
                closed(
                        "reason-that-is-no-text",
                        "MalformedFrameException",
                        Wire.extended(Wire.PATH, new byte[] {2}, Wire.varint(9), Wire.varint(256), GARBAGE)),
                closed("status-that-is-none", "MalformedFrameException", Wire.pathStatus(1, 0, 2)),
                closed("base-ack", "UnexpectedFrameException", Wire.baseAck(FIRST)),
                closed("ack-of-an-unsent-frame", "UnsentFrameAckedException", Wire.ack(FIRST + 1, 0, 0)),
                closed("ack-range-of-unsent-frames", "UnsentFrameAckedException", Wire.ack(FIRST, 0, 0, 100, 1)),
                closed("ack-of-the-last-number", "UnsentFrameAckedException", Wire.ack(MAX_VARINT, MAX_VARINT, 0)),
                closed("ack-of-subflow-frames-never-sent", "UnsentFrameAckedException", Wire.ack(FIRST, 0, 1)),
                closed("hello-twice", "UnexpectedFrameException", Wire.hello()),
                closed("join-after-the-join", "UnexpectedFrameException", Wire.joinRequest(9, Wire.random(16))),
                closed("data-beyond-credit", "FlowControlException", bytesOf(Wire.MAX_DATA_PAYLOAD, FIRST)),
                closed("data-beyond-4096-frames", "FlowControlException", Wire.data(FIRST + 5000, (byte) 1)),
                closed("data-at-the-last-number", "FlowControlException", Wire.data(MAX_VARINT, (byte) 1)),
                closed("fin-beyond-4096-frames", "FlowControlException", Wire.fin(FIRST + 5000)),
                closed("two-fins", "UnexpectedFrameException", Wire.fin(FIRST + 5), Wire.fin(FIRST + 6)),
                closed(
                        "data-behind-the-fin",
                        "UnexpectedFrameException",
                        Wire.fin(FIRST + 5),
                        Wire.data(FIRST + 6, (byte) 1)),
                closed(
                        "fin-before-data",
                        "UnexpectedFrameException",
                        Wire.data(FIRST + 6, (byte) 1),
                        Wire.fin(FIRST + 5)));
    }

    private static Attack closed(String name, String exception, byte[]... bytes) {
        return new Attack(
                name,
                SERVER,
                EXTENDED,
                "breaks that rule on a session's second subflow",
                exception + "; the session goes on over the first",
                arena -> arena.expectSubflowClosed(exception, Wire.cat(Wire.cat(bytes), GARBAGE)));
    }

    /** What a receiver must take without any effect. */
    private static List<Attack> tolerated() {
        return List.of(
                tolerated("unknown-kinds", 5000, Wire.extended(Wire.PATH, new byte[] {77, 1, 2, 3})),
                tolerated("extensions", 1000, Wire.extended(Wire.EXTENSION, GARBAGE, GARBAGE)),
                tolerated("reserved-controls", 50_000, new byte[] {0, 9, 0, 3, 0, 5}),
                tolerated("switches", 50_000, Wire.EXTENDED),
                tolerated("pongs-that-nobody-asked-for", 50_000, Wire.PONG),
                tolerated("acks-that-say-nothing", 50_000, Wire.ack(FIRST, 0, 0)),
                tolerated("closes-of-paths-that-are-not-there", 10_000, Wire.pathClose(12345, 1, "not there")),
                tolerated("statuses-of-paths-that-are-not-there", 10_000, Wire.pathStatus(1, MAX_VARINT, 1)),
                tolerated(
                        "status-sequences-that-jump",
                        2000,
                        Wire.cat(
                                Wire.pathStatus(1, 1, 1),
                                Wire.pathStatus(1L << 61, 1, 0),
                                Wire.pathStatus(MAX_VARINT, 1, 1),
                                Wire.pathStatus(2, 1, 0))),
                tolerated("removed-addresses-that-are-not-there", 10_000, Wire.removeAddress(MAX_VARINT, 3)),
                tolerated(
                        "control-characters-in-a-reason", 100, Wire.pathClose(9, 256, "\u001b[2J\u0007\r\u009b1;31m")));
    }

    private static Attack tolerated(String name, int count, byte[] frame) {
        return new Attack(
                name,
                SERVER,
                EXTENDED,
                "sends very many of them",
                "nothing",
                arena -> arena.expectTolerated(Wire.times(arena.scale() == Scale.FULL ? 10 * count : count, frame)));
    }

    private static List<Attack> others() {
        return List.of(
                new Attack(
                        "longest-numbers",
                        SERVER,
                        EXTENDED,
                        "writes every number in eight bytes",
                        "taken as any other",
                        arena -> {
                            HostileSession session = arena.session();
                            byte[] word = Wire.random(16);
                            session.first.send(Wire.varint(16, 8), Wire.varint(FIRST, 8), word);
                            assertThat(session.first.awaitData(16)).isEqualTo(word);
                        }),
                new Attack(
                        "extended-frame-before-the-switch",
                        SERVER,
                        EXTENDED,
                        "says HELLO without having said that it speaks the extended profile",
                        "closed",
                        arena -> {
                            Connection connection = arena.connect();
                            connection.send(Wire.NEW_SESSION, Wire.hello());
                            connection.awaitEnd();
                        }),
                new Attack(
                        "data-before-hello",
                        SERVER,
                        EXTENDED,
                        "sends data and no HELLO on a first subflow",
                        "closed; the session, whose client proved nothing, ends with the handshake time",
                        arena -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                            session.first.send(Wire.data(FIRST, new byte[100]));
                            session.first.awaitEnd();
                        }),
                new Attack(
                        "hello-with-a-key",
                        SERVER,
                        EXTENDED,
                        "gives the server a key of its own",
                        "closed, or ignored; the server's key counts",
                        arena -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                            session.first.trySend(Wire.helloWithKey(1 << 20, 1000, new byte[32]), Wire.PING);
                            session.first.endsWithin(500);
                        }),
                hello("hello-of-zeros", "max data, resumption and subflows 0", Wire.hello(0, 0, 0)),
                hello("hello-of-2-to-the-62", "the greatest numbers", Wire.hello(MAX_VARINT, MAX_VARINT, MAX_VARINT)),
                hello(
                        "hello-of-another-minor-version",
                        "minor version and features 2^62 - 1, and more fields than are known",
                        Wire.extended(
                                Wire.HELLO,
                                Wire.varint(MAX_VARINT),
                                Wire.varint(MAX_VARINT),
                                Wire.varint(1 << 20),
                                Wire.varint(1000),
                                Wire.varint(2),
                                Wire.varint(0),
                                new byte[3000])),
                new Attack("older-acks", SERVER, EXTENDED, "takes back what it has acknowledged", "ignored", arena -> {
                    HostileSession session = arena.session();
                    for (int i = 0; i < 20; i++) {
                        expectEcho(session.first, FIRST + i);
                        session.first.send(Wire.ack(FIRST + i + 1, 1 << 20, i + 1), Wire.ack(FIRST, 0, 0));
                    }
                }),
                new Attack(
                        "optimistic-acks",
                        SERVER,
                        EXTENDED,
                        "acknowledges what is to come before it has",
                        "UnsentFrameAckedException; the session waits for another subflow",
                        arena -> {
                            HostileSession session = arena.session();
                            session.first.send(Wire.data(FIRST, new byte[10_000]), Wire.ack(FIRST + 50, 1 << 20, 50));
                            session.first.awaitEnd();
                            arena.expectCause("UnsentFrameAckedException");
                            Connection next = session.join();
                            assertThat(next.awaitData(10_000)).containsOnly(0);
                        }),
                new Attack(
                        "reset-flood",
                        SERVER,
                        EXTENDED,
                        "resets its sessions, with any code and a reason of control characters",
                        "the session is over; the rest is ignored",
                        arena -> arena.repeat(arena.scale().of(50, 1000), i -> {
                            HostileSession session = arena.session();
                            long code = i % 2 == 0 ? i : MAX_VARINT - i;
                            session.first.send(Wire.times(100, Wire.reset(code, "\u001b[2J\u001b]0;owned\u0007")));
                            session.first.awaitEnd();
                        })),
                new Attack(
                        "every-type-cut-everywhere",
                        SERVER,
                        EXTENDED,
                        "sends every extended frame cut at every byte",
                        "MalformedFrameException, or nothing where a field ends; the session goes on",
                        FrameAttacks::cutEverywhere),
                base("base-fin-of-the-extended-profile", "an extended frame", Wire.fin(FIRST + 1)),
                base("base-data-above-a-megabyte", "too much at a time", Wire.header(Wire.MAX_DATA_PAYLOAD + 1, FIRST)),
                base("base-ack-of-an-unsent-frame", "an ack of what was never sent", Wire.baseAck(FIRST)),
                base("base-ack-of-the-last-number", "an ack of 2^62 - 1", Wire.baseAck(MAX_VARINT)),
                base("base-payload-under-5", "a payload under a reserved number", Wire.header(4, 5), new byte[4]));
    }

    private static Attack hello(String name, String says, byte[] hello) {
        return new Attack(
                name,
                SERVER,
                EXTENDED,
                "says HELLO with " + says,
                "as the least, or most, that makes sense; 64 KiB are always granted",
                arena -> {
                    HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                    session.first.send(hello);
                    expectEcho(session.first, FIRST);
                    // Resumption is nobody's longer than the server wants.
                    session.first.reset();
                });
    }

    private static Attack base(String name, String does, byte[]... bytes) {
        return new Attack(
                name,
                SERVER,
                BASE,
                "joins a base session and sends " + does,
                "that subflow is closed; the session goes on",
                arena -> {
                    Connection first = arena.connect();
                    byte[] session = arena.baseSession(first);
                    Connection second = arena.connect();
                    second.send(Wire.preface(session), Wire.PING);
                    second.readPreface();
                    second.send(bytes);
                    second.trySend(GARBAGE);
                    second.awaitEnd();
                    expectEcho(first, FIRST);
                });
    }

    private static void cutEverywhere(Arena arena) throws Exception {
        List<byte[]> frames = List.of(
                Wire.ack(FIRST, 1 << 20, 0),
                Wire.joinRequest(77, new byte[16]),
                Wire.fin(FIRST + 9),
                Wire.pathStatus(1, 0, 1),
                Wire.removeAddress(1, 1));
        HostileSession session = arena.session();
        for (byte[] frame : frames) {
            for (int length = 1; length < frame.length - 2; length++) {
                Connection subflow = session.join();
                subflow.trySend(Wire.header(length, frame[1]), Arrays.copyOfRange(frame, 2, 2 + length), GARBAGE);
                subflow.awaitEnd();
            }
        }
        expectEcho(session.first, FIRST);
    }

    private static byte[] bytesOf(int size, long number) {
        return Wire.cat(Wire.header(size, number), new byte[size]);
    }

    private static byte[] helloWithKeyOf(int length) {
        return Wire.helloWithKey(1 << 20, 1000, new byte[length]);
    }

    private static byte[] ackWithRanges(int count) {
        long[] ranges = new long[2 * count];
        Arrays.fill(ranges, 1);
        return Wire.ack(FIRST, 0, 0, ranges);
    }

    private static byte[] ackWithoutItsRanges() {
        return Wire.extended(
                Wire.ACK, Wire.varint(FIRST), Wire.varint(0), Wire.varint(0), Wire.varint(0), Wire.varint(64));
    }
}
