package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.HostileSession.expectEcho;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/** Peers that make others work, wait or answer without end. */
final class FlowAttacks {

    private static final int SMALL_RECEIVE_BUFFER = 4096;

    private FlowAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "pings-without-reading-pongs",
                        SERVER,
                        EXTENDED,
                        "pings a million times, and reads nothing",
                        "a few pongs are owed, no more",
                        arena -> arena.repeat(arena.scale().of(4, 16), i -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, SMALL_RECEIVE_BUFFER);
                            session.first.send(Wire.hello());
                            for (int j = 0; j < arena.scale().of(20, 1000); j++) {
                                session.first.trySend(Wire.times(1000, Wire.PING));
                            }
                        })),
                new Attack(
                        "pings-in-the-base-profile",
                        SERVER,
                        BASE,
                        "pings a million times, and reads nothing",
                        "a few pongs are owed, no more",
                        arena -> arena.repeat(arena.scale().of(4, 16), i -> {
                            Connection connection = arena.connect(Arena.HOME, SMALL_RECEIVE_BUFFER);
                            arena.baseSession(connection);
                            for (int j = 0; j < arena.scale().of(20, 1000); j++) {
                                connection.trySend(Wire.times(1000, Wire.PING));
                            }
                        })),
                new Attack(
                        "addresses",
                        SERVER,
                        EXTENDED,
                        "announces 10,000 addresses to a server",
                        "at most 16 are kept, if any; the session goes on",
                        arena -> {
                            HostileSession session = arena.session();
                            for (int i = 0; i < 10_000; i++) {
                                session.first.send(Wire.addAddress(i + 1, i, address(i)));
                            }
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "status-flood",
                        SERVER,
                        EXTENDED,
                        "changes a subflow's status 50,000 times",
                        "the last one counts",
                        arena -> {
                            HostileSession session = arena.session();
                            session.join();
                            for (int i = 0; i < 50; i++) {
                                byte[][] statuses = new byte[1000][];
                                for (int j = 0; j < 1000; j++) {
                                    statuses[j] = Wire.pathStatus(1000L * i + j + 1, 1, j % 2);
                                }
                                session.first.send(statuses);
                            }
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "close-of-the-only-path",
                        SERVER,
                        EXTENDED,
                        "asks for the end of the session's only subflow, and joins again",
                        "that costs the attacker's session a subflow, or nothing",
                        arena -> arena.repeat(arena.scale().of(20, 500), i -> {
                            HostileSession session = arena.session();
                            session.first.send(Wire.pathClose(0, 0, "removed"));
                            session.first.endsWithin(200);
                        })),
                new Attack(
                        "backup-only",
                        SERVER,
                        EXTENDED,
                        "calls all its subflows backup",
                        "they carry data all the same",
                        arena -> {
                            HostileSession session = arena.session();
                            session.first.send(Wire.pathStatus(1, 0, 1));
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "duplicates",
                        SERVER,
                        EXTENDED,
                        "sends the same frames 100,000 times",
                        "each is acknowledged, and taken once",
                        arena -> {
                            HostileSession session = arena.session();
                            expectEcho(session.first, FIRST);
                            for (int i = 0; i < arena.scale().of(20, 100); i++) {
                                session.first.trySend(Wire.times(1000, Wire.data(FIRST, new byte[10])));
                            }
                            drain(arena, session.first);
                            session.first.send(Wire.PING);
                        }),
                new Attack(
                        "every-other-frame",
                        SERVER,
                        EXTENDED,
                        "sends every other one of 4096 frames, and again, and again",
                        "2048 ranges are no work that others feel",
                        arena -> arena.repeat(arena.scale().of(4, 32), i -> {
                            HostileSession session = arena.session();
                            drain(arena, session.first);
                            byte[][] frames = new byte[2047][];
                            for (int j = 0; j < frames.length; j++) {
                                frames[j] = Wire.data(FIRST + 1 + 2 * j, (byte) j);
                            }
                            byte[] all = Wire.cat(frames);
                            for (int round = 0; round < arena.scale().of(3, 50); round++) {
                                session.first.send(all);
                            }
                        })),
                new Attack(
                        "ranges-that-change",
                        SERVER,
                        EXTENDED,
                        "acknowledges, in 64 ranges each, other frames each time",
                        "nothing, or the end of its subflow",
                        arena -> {
                            HostileSession session = arena.session();
                            drain(arena, session.first);
                            for (int i = 0; i < 2000; i++) {
                                session.first.send(Wire.data(FIRST + i, (byte) i));
                            }
                            for (int i = 0; i < arena.scale().of(2000, 100_000); i++) {
                                long[] ranges = new long[128];
                                for (int j = 0; j < ranges.length; j++) {
                                    ranges[j] = 1 + (i * 7 + j * 3) % 11;
                                }
                                session.first.trySend(Wire.ack(FIRST, 1 << 20, 0, ranges));
                            }
                        }),
                new Attack(
                        "no-credit",
                        SERVER,
                        EXTENDED,
                        "wants much echoed and grants no credit",
                        "64 KiB come, then probes, slower and slower",
                        arena -> arena.repeat(arena.scale().of(8, 100), i -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                            session.first.send(Wire.hello(0, 60_000, 16));
                            sendWithinCredit(session, 400_000);
                            assertThat(session.first.awaitData(60_000)).hasSizeLessThanOrEqualTo(1 << 16);
                        })),
                new Attack(
                        "one-byte-frames",
                        SERVER,
                        EXTENDED,
                        "sends everything in frames of one byte",
                        "echoed as any other",
                        arena -> {
                            HostileSession session = arena.session();
                            byte[][] frames = new byte[4000][];
                            for (int i = 0; i < frames.length; i++) {
                                frames[i] = Wire.data(FIRST + i, (byte) i);
                            }
                            session.first.send(frames);
                            assertThat(session.first.awaitData(4000)).hasSize(4000);
                        }),
                new Attack(
                        "base-acks-that-nobody-reads",
                        SERVER,
                        BASE,
                        "repeats a frame 200,000 times and reads no ack",
                        "at most 4096 acks wait",
                        arena -> {
                            Connection connection = arena.connect(Arena.HOME, SMALL_RECEIVE_BUFFER);
                            arena.baseSession(connection);
                            for (int i = 0; i < arena.scale().of(50, 200); i++) {
                                connection.trySend(Wire.times(1000, Wire.data(FIRST, (byte) 1)));
                            }
                        }),
                new Attack(
                        "base-frames-far-ahead",
                        SERVER,
                        BASE,
                        "sends base frames anywhere up to 2^62",
                        "dropped without an ack; the session goes on",
                        arena -> {
                            Connection connection = arena.connect();
                            arena.baseSession(connection);
                            for (int i = 0; i < 3000; i++) {
                                connection.send(Wire.data(Wire.MAX_VARINT - i, new byte[100]));
                            }
                            expectEcho(connection, FIRST);
                        }),
                new Attack(
                        "half-closed-for-ever",
                        SERVER,
                        EXTENDED,
                        "ends its direction with data missing before the FIN, on a hundred sessions",
                        "they wait; nobody else does",
                        arena -> {
                            arena.repeat(arena.scale().of(100, 2000), i -> arena.session()
                                    .first
                                    .send(Wire.data(FIRST + 1, new byte[1000]), Wire.fin(FIRST + 2)));
                            arena.hold(2);
                        }));
    }

    private static InetSocketAddress address(int index) throws IOException {
        byte[] ip = {10, 1, (byte) (index >> 8), (byte) index};
        return new InetSocketAddress(InetAddress.getByAddress(ip), 1 + index % 65_535);
    }

    /** Reads whatever comes until the end, so that the other direction does not stop. */
    static void drain(Arena arena, Connection connection) {
        arena.start(connection::awaitEnd);
    }

    /** So many bytes in frames of 1000. */
    static void sendWithinCredit(HostileSession session, int bytes) throws IOException {
        for (int i = 0; i < bytes / 1000; i++) {
            session.first.send(Wire.data(FIRST + i, new byte[1000]));
        }
    }
}
