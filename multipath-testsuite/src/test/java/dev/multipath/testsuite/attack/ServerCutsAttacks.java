package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.CLIENT;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A server, or somebody on the way to one, that cuts a client's subflows where it hurts; what is cut never looks whole. */
final class ServerCutsAttacks {

    private static final int DATA_BYTES = 100;

    private static final int GOING_AWAY = 4;

    private ServerCutsAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "server-cuts-everywhere",
                        CLIENT,
                        EXTENDED,
                        "sends a part of a frame, cuts; answers with a part of a challenge, cuts; lets the client in then, each of "
                                + "many sessions with parts of another length",
                        "each byte once",
                        ServerCutsAttacks::cutEverywhere),
                new Attack(
                        "server-half-closes-and-is-gone",
                        CLIENT,
                        EXTENDED,
                        "says where its stream ends, does not send all of it, and is gone for good",
                        "the client's stream fails",
                        arena -> expectNotWhole(
                                arena, EXTENDED, Wire.fin(FIRST + 2), Wire.data(FIRST, new byte[DATA_BYTES]))),
                new Attack(
                        "server-dies-in-mid-frame",
                        CLIENT,
                        EXTENDED,
                        "is gone for good inside a frame",
                        "the client's stream fails",
                        arena -> expectNotWhole(
                                arena,
                                EXTENDED,
                                Wire.data(FIRST, new byte[DATA_BYTES]),
                                Wire.header(DATA_BYTES, FIRST + 1),
                                new byte[DATA_BYTES - 1])),
                new Attack(
                        "base-server-dies-in-mid-frame",
                        CLIENT,
                        BASE,
                        "closes in order inside a frame",
                        "the client's stream fails",
                        arena -> expectNotWhole(
                                arena,
                                BASE,
                                Wire.data(FIRST, new byte[DATA_BYTES]),
                                Wire.header(DATA_BYTES, FIRST + 1),
                                new byte[DATA_BYTES - 1])),
                new Attack(
                        "base-server-dies-with-a-frame-missing",
                        CLIENT,
                        BASE,
                        "closes in order with a frame missing before others",
                        "the client's stream fails",
                        arena -> expectNotWhole(
                                arena,
                                BASE,
                                Wire.data(FIRST, new byte[DATA_BYTES]),
                                Wire.data(FIRST + 2, new byte[DATA_BYTES]))),
                new Attack(
                        "going-away-each-time",
                        CLIENT,
                        EXTENDED,
                        "loses the client, and tells it GOING_AWAY two hundred times whenever it comes back",
                        "few dials, and an end",
                        arena -> {
                            HostileServer hostile = arena.hostileServer((server, connection) -> {
                                byte[] name = connection.readPreface();
                                if (Arrays.equals(name, new byte[16])) {
                                    server.greet(connection, name, 16 << 20, 60_000);
                                    connection.reset();
                                } else {
                                    connection.trySend(
                                            Wire.preface(name),
                                            Wire.EXTENDED,
                                            Wire.times(200, Wire.reset(GOING_AWAY, "gone")));
                                    connection.awaitEnd();
                                }
                            });
                            ServerSessionAttacks.expectFewDials(arena, hostile);
                        }));
    }

    private static void cutEverywhere(Arena arena) throws Exception {
        Map<String, AtomicInteger> returns = new ConcurrentHashMap<>();
        AtomicInteger opened = new AtomicInteger();
        byte[] frames = Wire.cat(Wire.data(FIRST, new byte[DATA_BYTES]), Wire.data(FIRST + 1, new byte[DATA_BYTES]));
        HostileServer hostile = arena.hostileServer((server, connection) -> {
            byte[] name = connection.readPreface();
            if (Arrays.equals(name, new byte[16])) {
                int session = opened.getAndIncrement();
                server.greet(connection, name, 16 << 20, 60_000);
                cut(connection, Arrays.copyOf(frames, 5 * session % frames.length), session);
                return;
            }
            AtomicInteger times = returns.computeIfAbsent(HexFormat.of().formatHex(name), any -> new AtomicInteger());
            if (times.getAndIncrement() == 0) {
                byte[] answer = Wire.cat(
                        Wire.preface(name), Wire.EXTENDED, Wire.joinChallenge(Wire.random(16), Wire.random(32)));
                int at = returns.size();
                cut(connection, Arrays.copyOf(answer, 3 * at % answer.length), at);
                return;
            }
            server.greet(connection, name, 16 << 20, 60_000);
            connection.send(frames);
            connection.awaitEnd();
        });
        int sessions = arena.scale().of(40, 200);
        String[] names = new String[sessions];
        for (int i = 0; i < sessions; i++) {
            names[i] = arena.dial("resume=60000", hostile.word());
        }
        for (String name : names) {
            Arena.eventually().untilAsserted(() -> assertThat(arena.state(name).number("received"))
                    .isEqualTo(2 * DATA_BYTES));
        }
        arena.hold(1);
        for (String name : names) {
            assertThat(arena.state(name).number("received")).isEqualTo(2 * DATA_BYTES);
            assertThat(arena.state(name).text("open")).isEqualTo("true");
        }
        assertThat(hostile.failures()).isEmpty();
    }

    private static void cut(Connection connection, byte[] last, int way) throws IOException {
        connection.send(last);
        if (way % 2 == 0) {
            connection.reset();
        } else {
            connection.shutdownOutput();
            connection.awaitEnd();
        }
    }

    /** The server greets, says that, ends its direction in order, and takes nobody any more. */
    private static void expectNotWhole(Arena arena, Attack.Spoken profile, byte[]... words) throws Exception {
        HostileServer hostile = arena.hostileServer((server, connection) -> {
            if (profile == EXTENDED) {
                server.greet(connection, 16 << 20, 60_000);
            } else {
                connection.readPreface();
                connection.send(Wire.preface(Wire.random(16)), Wire.PING, Wire.PONG);
            }
            connection.send(words);
            connection.endsWithin((int) Duration.ofMillis(200).toMillis());
            server.close();
            connection.shutdownOutput();
            connection.awaitEnd();
        });
        String session = arena.dial("resume=1000", hostile.word());
        arena.expectEnd(session);
        assertThat(arena.state(session).text("whole")).isEqualTo("false");
        assertThat(arena.state(session).number("received")).isEqualTo(DATA_BYTES);
    }
}
