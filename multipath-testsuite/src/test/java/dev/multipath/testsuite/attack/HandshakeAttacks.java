package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Spoken.NEITHER;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.Wire.NEW_SESSION;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Connections that never become, or should not become, anything. */
final class HandshakeAttacks {

    private static final byte[] TLS_CLIENT_HELLO = HexFormat.of()
            .parseHex("16030100c8010000c40303" + "00".repeat(32) + "20" + "00".repeat(32) + "0026c02bc02f");

    private static final byte[] HTTP =
            "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private HandshakeAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "silent-connections",
                        SERVER,
                        NEITHER,
                        "connects 1100 times and says nothing",
                        "all are closed, at the latest when the handshake time is over; newcomers get in meanwhile",
                        arena -> crowd(arena, arena.scale().of(1100, 1100))),
                new Attack(
                        "half-prefaces",
                        SERVER,
                        NEITHER,
                        "connects 1500 times and sends 16 bytes of the preface's 17",
                        "as silent connections",
                        arena -> crowd(arena, arena.scale().of(1500, 1500), Arrays.copyOf(NEW_SESSION, 16))),
                new Attack(
                        "versions-only",
                        SERVER,
                        NEITHER,
                        "connects 200 times and sends the preface's first byte",
                        "as silent connections",
                        arena -> crowd(arena, arena.scale().of(100, 1200), new byte[1])),
                new Attack(
                        "handshake-time-over",
                        SERVER,
                        NEITHER,
                        "stops everywhere in a preface, in a first frame, before HELLO, in a join; or sends a byte now and then",
                        "all are closed when the handshake time is over; no byte prolongs it",
                        HandshakeAttacks::outstay),
                violation("version-1", "a preface of version 1", 1, new byte[] {1}, new byte[16]),
                violation("version-255", "200 prefaces of version 255", 200, new byte[] {-1}, new byte[16]),
                violation("http-request", "a request of HTTP", 50, HTTP),
                violation("tls-client-hello", "a TLS ClientHello to a port without TLS", 50, TLS_CLIENT_HELLO),
                violation(
                        "a-megabyte-of-another-version",
                        "1 MiB behind a wrong version",
                        20,
                        new byte[] {7},
                        new byte[1 << 20]),
                new Attack(
                        "random-bytes",
                        SERVER,
                        NEITHER,
                        "connects 300 times, and sends what chance wants, 0 to 5000 bytes, the first half as valid prefaces",
                        "no more than a closed connection",
                        HandshakeAttacks::sendRandomBytes),
                new Attack(
                        "cut-prefaces",
                        SERVER,
                        NEITHER,
                        "closes connections inside their preface, a thousand times",
                        "nothing stays",
                        arena -> arena.repeat(arena.scale().of(400, 5000), i -> {
                            try (Connection connection = arena.connect()) {
                                connection.send(Arrays.copyOf(NEW_SESSION, 1 + i % 16));
                            }
                        })),
                new Attack(
                        "reset-connections",
                        SERVER,
                        NEITHER,
                        "resets connections as soon as they are there, a thousand times",
                        "nothing stays",
                        arena -> arena.repeat(arena.scale().of(500, 10_000), i -> arena.connect()
                                .reset())),
                new Attack(
                        "preface-and-silence",
                        SERVER,
                        NEITHER,
                        "asks for 100 sessions, and says no more",
                        "sessions whose profile nobody knows end with the handshake time",
                        arena -> crowd(arena, arena.scale().of(100, 1200), NEW_SESSION)),
                new Attack(
                        "switch-and-silence",
                        SERVER,
                        EXTENDED,
                        "asks for 100 sessions of the extended profile, and never says HELLO",
                        "they end with the handshake time",
                        arena -> crowd(arena, arena.scale().of(100, 1200), NEW_SESSION, Wire.EXTENDED)),
                new Attack(
                        "unknown-session-extended",
                        SERVER,
                        EXTENDED,
                        "joins sessions that are not there",
                        "the name, 00 02, RESET UNKNOWN_SESSION, and the end",
                        arena -> arena.repeat(arena.scale().of(50, 2000), i -> {
                            byte[] name = Wire.random(16);
                            try (Connection connection = arena.connect()) {
                                connection.send(
                                        Wire.preface(name), Wire.EXTENDED, Wire.joinRequest(1, Wire.random(16)));
                                assertThat(connection.readPreface()).isEqualTo(name);
                                assertThat(connection.read().isControl(2)).isTrue();
                                assertThat(connection.await(Wire.RESET).varints(1)[0])
                                        .isEqualTo(2);
                                connection.shutdownOutput();
                                connection.awaitEnd();
                            }
                        })),
                new Attack(
                        "unknown-session-base",
                        SERVER,
                        BASE,
                        "joins sessions that are not there, as a Go client",
                        "closed without an answer",
                        arena -> arena.repeat(arena.scale().of(50, 2000), i -> {
                            try (Connection connection = arena.connect()) {
                                connection.send(Wire.preface(Wire.random(16)), Wire.PING);
                                connection.awaitEnd();
                            }
                        })),
                new Attack(
                        "unknown-session-and-silence",
                        SERVER,
                        NEITHER,
                        "names 200 sessions that are not there, and says no more",
                        "closed with the handshake time",
                        arena -> crowd(arena, arena.scale().of(200, 1200), Wire.preface(Wire.random(16)))),
                new Attack(
                        "unknown-session-and-a-megabyte",
                        SERVER,
                        EXTENDED,
                        "names a session that is not there, and sends a frame of 1 MiB but for its end",
                        "nothing is kept of it",
                        arena -> {
                            long before = arena.serverDirectBytes();
                            int count = arena.scale().of(150, 640);
                            arena.repeat(count, i -> arena.connect()
                                    .send(
                                            Wire.preface(Wire.random(16)),
                                            Wire.header(Wire.MAX_DATA_PAYLOAD, Wire.FIRST),
                                            new byte[Wire.MAX_DATA_PAYLOAD - 1]));
                            arena.expectUnprovenHoldLittle(before);
                        }));
    }

    /** They are all there at a time, and the honest go on; in full, until everybody has an end. */
    private static void crowd(Arena arena, int count, byte[]... words) throws Exception {
        Queue<Connection> open = new ConcurrentLinkedQueue<>();
        arena.repeatAndHold(count, i -> {
            Connection connection = arena.connect();
            open.add(connection);
            connection.send(words);
        });
        if (arena.scale() == Scale.FULL) {
            open.forEach(Connection::awaitEnd);
        }
    }

    /** Some of each kind that waits: all have an end, those too that send a byte now and then. */
    private static void outstay(Arena arena) throws Exception {
        byte[] longest = Wire.cat(Wire.varint(5, 8), Wire.varint(Wire.FIRST, 8));
        List<byte[]> words = new ArrayList<>(List.of(
                new byte[0],
                new byte[1],
                Arrays.copyOf(NEW_SESSION, 16),
                NEW_SESSION,
                Wire.cat(NEW_SESSION, Wire.EXTENDED),
                Wire.preface(Wire.random(16))));
        for (int length = 1; length < longest.length; length++) {
            words.add(Wire.cat(NEW_SESSION, Arrays.copyOf(longest, length)));
        }
        List<Connection> open = new ArrayList<>();
        for (byte[] word : words) {
            open.add(arena.connect());
            open.get(open.size() - 1).send(word);
        }
        Connection undecided = arena.connect();
        undecided.send(NEW_SESSION);
        Connection joining = arena.connect();
        joining.send(Wire.preface(undecided.readPreface()), Wire.EXTENDED, Wire.joinRequest(1, Wire.random(16)));
        List<Connection> slow = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            slow.add(arena.connect());
        }
        for (int i = 0; i < 16; i++) {
            byte[] next = {NEW_SESSION[i]};
            slow.forEach(connection -> connection.trySend(next));
            arena.holdFor(Duration.ofMillis(600));
        }
        open.addAll(List.of(undecided, joining));
        open.addAll(slow);
        open.forEach(Connection::awaitEnd);
    }

    private static Attack violation(String name, String does, int count, byte[]... words) {
        return new Attack(
                name,
                SERVER,
                NEITHER,
                "sends " + does,
                "closed at once",
                arena -> arena.repeat(arena.scale() == Scale.FULL ? count * 10 : count, i -> {
                    try (Connection connection = arena.connect()) {
                        connection.trySend(words);
                        connection.awaitEnd();
                    }
                }));
    }

    private static void sendRandomBytes(Arena arena) throws Exception {
        arena.repeat(arena.scale().of(300, 10_000), i -> {
            try (Connection connection = arena.connect()) {
                byte[] garbage = Wire.random((int) (Math.random() * 5000));
                connection.trySend(i % 2 == 0 ? NEW_SESSION : new byte[0], garbage);
                connection.shutdownOutput();
                connection.awaitEnd();
            }
        });
    }
}
