package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.CLIENT;
import static dev.multipath.testsuite.attack.HostileServer.greeting;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static dev.multipath.testsuite.attack.Wire.MAX_VARINT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a hostile server does with a session that a client has with it; the client has others, with an honest one. */
final class ServerSessionAttacks {

    /** What a client of 20 s may dial a server that never brings it further: the old one dialled 47 to 62 times. */
    private static final int MOST_DIALS = 20;

    /** Its own, 16 announced ones, and the last 32 that are no more. */
    private static final int MOST_PATHS = 1 + 16 + 32;

    private static final String ESCAPES = "\u001b[2J\u001b]0;owned\u0007\r\u009b31m";

    private ServerSessionAttacks() {}

    static List<Attack> all() {
        return Stream.of(sessions(), violations(), memory(), addresses())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Attack> sessions() {
        return List.of(
                new Attack(
                        "closes-after-each-resumption",
                        CLIENT,
                        EXTENDED,
                        "lets the client in, and closes, each time",
                        "back-off is earned: few dials; the resumption time counts from the last progress",
                        arena -> expectFewDials(arena, greeting((connection, joined) -> connection.reset()))),
                new Attack(
                        "violates-after-each-resumption",
                        CLIENT,
                        EXTENDED,
                        "lets the client in, and breaks the protocol, each time",
                        "back-off is earned: few dials; the resumption time counts from the last progress",
                        arena -> expectFewDials(
                                arena, greeting((connection, joined) -> connection.send(Wire.baseAck(FIRST))))),
                new Attack(
                        "hello-and-reset",
                        CLIENT,
                        EXTENDED,
                        "resets the session as soon as it is there, with escapes in the reason",
                        "SessionResetException; escapes are shown as text",
                        arena -> {
                            HostileServer hostile = arena.hostileServer(
                                    greeting((connection, joined) -> connection.send(Wire.reset(300, ESCAPES))));
                            String session = arena.dial(hostile.word());
                            arena.expectEnd(session);
                            assertThat(arena.state(session).list("causes")).contains("SessionResetException");
                        }),
                new Attack(
                        "path-close-of-the-only-path",
                        CLIENT,
                        EXTENDED,
                        "asks for the end of the only path, with escapes in the reason",
                        "the session is over, or goes on; escapes are shown as text",
                        arena -> {
                            HostileServer hostile = arena.hostileServer(
                                    greeting((connection, joined) -> connection.send(Wire.pathClose(0, 0, ESCAPES))));
                            arena.dial("resume=2000", hostile.word());
                            arena.hold(3);
                        }),
                new Attack(
                        "resumption-of-2-to-the-62",
                        CLIENT,
                        EXTENDED,
                        "wants the session kept for ever, and is gone",
                        "the client's own time counts",
                        arena -> {
                            HostileServer hostile = arena.hostileServer((server, connection) -> {
                                server.greet(connection, MAX_VARINT, MAX_VARINT);
                                server.close();
                                connection.reset();
                            });
                            arena.expectEnd(arena.dial("resume=2000", hostile.word()));
                        }),
                new Attack(
                        "no-credit-for-a-client",
                        CLIENT,
                        EXTENDED,
                        "grants nothing, and acknowledges nothing",
                        "64 KiB, then probes, slower and slower",
                        arena -> {
                            HostileServer hostile = arena.hostileServer((server, connection) -> {
                                server.greet(connection, 0, 60_000);
                                assertThat(connection.awaitData(60_000)).hasSizeLessThanOrEqualTo(1 << 16);
                                connection.awaitEnd();
                            });
                            String session = arena.dial(hostile.word());
                            Arena.eventually().untilAsserted(() -> assertThat(
                                            arena.state(session).text("connected"))
                                    .isEqualTo("yes"));
                            arena.client().ask("send " + session + " 1000000");
                            arena.hold(3);
                            assertThat(hostile.failures()).isEmpty();
                        }),
                new Attack(
                        "pings-to-a-client",
                        CLIENT,
                        EXTENDED,
                        "pings without end, and reads nothing",
                        "a few pongs are owed, no more",
                        arena -> {
                            HostileServer hostile = arena.hostileServer(greeting((connection, joined) -> {
                                for (int i = 0; i < arena.scale().of(50, 1000); i++) {
                                    connection.trySend(Wire.times(1000, Wire.PING));
                                }
                            }));
                            arena.dial(hostile.word());
                            arena.hold(3);
                        }),
                new Attack(
                        "statuses-and-closes-to-a-client",
                        CLIENT,
                        EXTENDED,
                        "changes statuses and closes paths that are not there, 20,000 times",
                        "nothing",
                        arena -> {
                            HostileServer hostile = arena.hostileServer(greeting((connection, joined) -> {
                                for (int i = 0; i < 10_000; i++) {
                                    connection.trySend(
                                            Wire.pathStatus(i + 1, i % 3, i % 2), Wire.pathClose(1000 + i, 0, "no"));
                                }
                            }));
                            arena.dial(hostile.word());
                            arena.hold(3);
                        }));
    }

    private static void expectFewDials(Arena arena, HostileServer.Script script) throws Exception {
        expectFewDials(arena, arena.hostileServer(script));
    }

    /** A client whose resumption time is 3 s. */
    static void expectFewDials(Arena arena, HostileServer hostile) throws Exception {
        String session = arena.dial("resume=3000", hostile.word());
        arena.holdFor(Duration.ofSeconds(arena.scale().of(6, 20)));
        assertThat(hostile.accepted()).as("dials").isLessThan(MOST_DIALS);
        assertThat(hostile.failures()).isEmpty();
        arena.expectEnd(session);
    }

    /** Section 5, for clients: the subflow is closed for that, and the path dialled again. */
    private static List<Attack> violations() {
        return List.of(
                violation("server-base-ack", "UnexpectedFrameException", Wire.baseAck(FIRST)),
                violation("server-hello-twice", "UnexpectedFrameException", Wire.hello()),
                violation("server-join-frame", "UnexpectedFrameException", Wire.joinResponse(new byte[32])),
                violation("server-acks-unsent", "UnsentFrameAckedException", Wire.ack(FIRST + 100, 0, 0)),
                violation("server-data-beyond-frames", "FlowControlException", Wire.data(FIRST + 5000, (byte) 1)),
                violation(
                        "server-data-beyond-credit",
                        "FlowControlException",
                        Wire.header(Wire.MAX_DATA_PAYLOAD, FIRST),
                        new byte[Wire.MAX_DATA_PAYLOAD]),
                violation("server-two-fins", "UnexpectedFrameException", Wire.fin(FIRST + 5), Wire.fin(FIRST + 6)),
                violation(
                        "server-data-behind-fins",
                        "UnexpectedFrameException",
                        Wire.fin(FIRST + 5),
                        Wire.data(FIRST + 6, (byte) 1)),
                violation("server-oversize", "FrameTooLargeException", Wire.header(MAX_VARINT, FIRST)),
                violation("server-malformed", "MalformedFrameException", Wire.extended(Wire.ACK, new byte[1])));
    }

    private static Attack violation(String name, String exception, byte[]... bytes) {
        return new Attack(
                name,
                CLIENT,
                EXTENDED,
                "a server breaks that rule on a session's only subflow, once",
                exception + "; the client comes back, and the session goes on",
                arena -> {
                    HostileServer hostile = arena.hostileServer(greeting((connection, joined) -> {
                        if (!joined) {
                            connection.send(bytes);
                            return;
                        }
                        // Behaves from now on: an echo of all that comes.
                        for (long number = FIRST; ; number++) {
                            Frame frame = connection.await(Frame::isData);
                            connection.send(
                                    Wire.ack(number + 1, 1L << 30, number + 1 - FIRST),
                                    Wire.data(number, frame.payload()));
                        }
                    }));
                    String session = arena.dial(hostile.word());
                    Arena.eventually()
                            .untilAsserted(() -> assertThat(arena.state(session).list("causes"))
                                    .contains(exception));
                    if (!exception.equals("UnexpectedFrameException") || !name.contains("fins")) {
                        arena.expectEchoTo(session);
                    }
                });
    }

    private static List<Attack> memory() {
        return List.of(
                memory("server-hole", EXTENDED, 200, 450, "sends 500 KB behind a missing first frame", connection -> {
                    for (int i = 1; i <= 16; i++) {
                        connection.send(Wire.header(31_000, FIRST + i), new byte[31_000]);
                    }
                }),
                memory(
                        "server-frames-without-end",
                        EXTENDED,
                        600,
                        800,
                        "sends frames of 500 KB but for their end",
                        connection -> connection.send(Wire.header(500_000, FIRST), new byte[499_999])),
                memory(
                        "server-tiny-frames-in-full-reads",
                        EXTENDED,
                        20,
                        100,
                        "sends frames of one byte, each alone in a full read",
                        connection -> {
                            byte[] filling = Wire.times(16, Wire.extended(Wire.EXTENSION, new byte[4000]));
                            for (int i = 1; i < 400; i++) {
                                connection.send(Wire.data(FIRST + i, (byte) i), filling);
                            }
                        }),
                new Attack(
                        "base-server-hole",
                        CLIENT,
                        BASE,
                        "20 base sessions of a client with servers that send 16 MiB behind a missing frame",
                        "all together hold no more than the budget; the honest go on",
                        arena -> {
                            HostileServer hostile = arena.hostileServer((server, connection) -> {
                                connection.readPreface();
                                connection.send(Wire.preface(Wire.random(16)), Wire.PING, Wire.PONG);
                                FlowAttacks.drain(arena, connection);
                                for (int i = 1; i <= 512; i++) {
                                    connection.send(Wire.header(1 << 15, FIRST + i), new byte[1 << 15]);
                                }
                            });
                            for (int i = 0; i < 20; i++) {
                                arena.dial(hostile.word());
                            }
                            Arena.eventually().untilAsserted(() -> assertThat(hostile.accepted())
                                    .isGreaterThanOrEqualTo(20));
                            arena.hold(arena.scale().of(8, 100));
                        }));
    }

    private static Attack memory(
            String name, Attack.Spoken spoken, int inTheBuild, int inFull, String does, HoldsUp server) {
        return new Attack(
                name,
                CLIENT,
                spoken,
                "each of the servers of a client with hundreds of sessions " + does,
                "all together hold no more than the budget; the honest go on",
                arena -> {
                    HostileServer hostile = arena.hostileServer(greeting((connection, joined) -> {
                        FlowAttacks.drain(arena, connection);
                        server.fill(connection);
                    }));
                    int sessions = arena.scale().of(inTheBuild, inFull);
                    for (int i = 0; i < sessions; i++) {
                        arena.dial("unread", hostile.word());
                    }
                    Arena.eventually()
                            .untilAsserted(() -> assertThat(hostile.accepted()).isGreaterThanOrEqualTo(sessions));
                    arena.hold(arena.scale().of(5, 100));
                });
    }

    /** What fills a client's memory. */
    private interface HoldsUp {
        void fill(Connection connection) throws IOException;
    }

    private static List<Attack> addresses() {
        return List.of(
                announced(
                        "addresses-by-the-thousand",
                        "10,000 addresses, under ids and sequences up to 2^62",
                        session -> assertThat(session.list("paths")).hasSizeLessThanOrEqualTo(MOST_PATHS),
                        connection -> {
                            for (int i = 0; i < 10_000; i++) {
                                byte[] ip = {127, 9, (byte) (i >> 8), (byte) i};
                                connection.trySend(Wire.addAddress(MAX_VARINT - 10_000 + i, MAX_VARINT - i, of(ip, 1)));
                            }
                        }),
                announced(
                        "addresses-of-nobody",
                        "addresses that nobody can be at: unspecified, broadcast, multicast, link-local, port 0",
                        session -> assertThat(session.list("paths")).hasSize(1),
                        connection -> {
                            List<byte[]> nobodys = List.of(
                                    new byte[4],
                                    new byte[] {-1, -1, -1, -1},
                                    new byte[] {(byte) 224, 0, 0, 1},
                                    new byte[] {(byte) 169, (byte) 254, 1, 1},
                                    new byte[16],
                                    v6(0xff, 0x02, 1),
                                    v6(0xfe, 0x80, 1));
                            for (int i = 0; i < nobodys.size(); i++) {
                                connection.send(Wire.addAddress(i + 1, i, of(nobodys.get(i), 4711)));
                            }
                            connection.send(Wire.addAddress(99, 99, of(new byte[] {127, 9, 9, 9}, 0)));
                        }),
                new Attack(
                        "address-of-the-clients-own-host",
                        CLIENT,
                        EXTENDED,
                        "a server that is not reached over the loopback interface announces a loopback address, also as IPv4-mapped",
                        "not dialled",
                        ServerSessionAttacks::announceLoopback),
                announced(
                        "addresses-that-come-and-go",
                        "an address, and withdraws it, thousands of times",
                        session -> assertThat(session.list("paths")).hasSizeLessThanOrEqualTo(MOST_PATHS),
                        connection -> {
                            for (int i = 0; i < 3000; i++) {
                                connection.trySend(
                                        Wire.addAddress(2 * i + 1, i % 5, of(new byte[] {127, 9, 9, 9}, 1 + i)),
                                        Wire.removeAddress(2 * i + 2, i % 5));
                            }
                        }));
    }

    /** What must be true of the session. */
    private interface Expected {
        void of(Report session);
    }

    private static Attack announced(String name, String what, Expected expected, HoldsUp announcer) {
        return new Attack(
                name,
                CLIENT,
                EXTENDED,
                "announces " + what + ", to a client that dials all",
                "few are kept, and none dialled that cannot be",
                arena -> {
                    HostileServer hostile = arena.hostileServer(greeting((connection, joined) -> {
                        announcer.fill(connection);
                        connection.send(Wire.data(FIRST, new byte[7]));
                        connection.awaitEnd();
                    }));
                    String session = arena.dial("addresses", hostile.word());
                    // Comes behind all the others.
                    Arena.eventually()
                            .untilAsserted(() -> assertThat(arena.state(session).number("received"))
                                    .isEqualTo(7));
                    arena.hold(2);
                    expected.of(arena.state(session));
                });
    }

    private static void announceLoopback(Arena arena) throws Exception {
        Optional<InetAddress> outer = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .findFirst();
        if (outer.isEmpty()) {
            // Without a network there is no such server.
            return;
        }
        HostileServer trap = arena.hostileServer((server, connection) -> {});
        int port = trap.address().getPort();
        HostileServer hostile = arena.hostileServer(outer.get(), greeting((connection, joined) -> {
            byte[] mapped = new byte[16];
            mapped[10] = mapped[11] = -1;
            System.arraycopy(new byte[] {127, 0, 0, 1}, 0, mapped, 12, 4);
            connection.send(
                    Wire.addAddress(1, 1, of(new byte[] {127, 0, 0, 1}, port)),
                    // Not by way of InetAddress, which makes an IPv4 address of it.
                    Wire.extended(
                            Wire.ADDRESS,
                            new byte[] {1},
                            Wire.varint(2),
                            Wire.varint(2),
                            new byte[] {6},
                            mapped,
                            new byte[] {(byte) (port >> 8), (byte) port}),
                    Wire.data(FIRST, new byte[7]));
            connection.awaitEnd();
        }));
        String session = arena.dial("addresses", hostile.word());
        Arena.eventually().untilAsserted(() -> assertThat(arena.state(session).number("received"))
                .isEqualTo(7));
        arena.hold(3);
        assertThat(trap.accepted()).isZero();
    }

    private static InetSocketAddress of(byte[] ip, int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(ip), port);
    }

    private static byte[] v6(int first, int second, int last) {
        byte[] ip = Arrays.copyOf(new byte[] {(byte) first, (byte) second}, 16);
        ip[15] = (byte) last;
        return ip;
    }
}
