package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Spoken.NEITHER;
import static dev.multipath.testsuite.attack.Attack.Victim.CLIENT;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** What a hostile server says on one path of a client whose other path leads to an honest one. */
final class ServerSpeaksAttacks {

    private ServerSpeaksAttacks() {}

    static List<Attack> all() {
        return Stream.of(toNewSession(), toJoin()).flatMap(List::stream).toList();
    }

    /** The client asks it first. */
    private static List<Attack> toNewSession() {
        return List.of(
                asked("server-silent", NEITHER, "says nothing", connection -> {}),
                asked("server-closes", NEITHER, "closes at once", Connection::close),
                asked("server-resets", NEITHER, "resets at once", Connection::reset),
                asked(
                        "server-speaks-http",
                        NEITHER,
                        "answers as a server of HTTP",
                        connection -> connection.send(
                                "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII))),
                asked(
                        "server-sends-a-tls-alert",
                        NEITHER,
                        "answers with a TLS alert",
                        connection -> connection.send(new byte[] {0x15, 3, 3, 0, 2, 2, 70})),
                asked(
                        "server-of-version-1",
                        NEITHER,
                        "answers with version 1",
                        connection -> connection.send(new byte[] {1}, new byte[16])),
                asked(
                        "server-stops-in-its-preface",
                        NEITHER,
                        "sends half a preface",
                        connection -> connection.send(Arrays.copyOf(Wire.preface(Wire.random(16)), 9))),
                asked("server-ends-in-its-preface", NEITHER, "sends half a preface, and closes", connection -> {
                    connection.send(Arrays.copyOf(Wire.preface(Wire.random(16)), 9));
                    connection.close();
                }),
                asked(
                        "server-of-no-name",
                        EXTENDED,
                        "names the session with zeros",
                        connection -> connection.send(Wire.NEW_SESSION, Wire.EXTENDED)),
                asked("server-says-random-bytes", NEITHER, "says what chance wants", connection -> {
                    byte[] garbage = Wire.random(100_000);
                    garbage[0] = 0;
                    Wire.preface(Wire.random(16));
                    connection.send(Wire.preface(Wire.random(16)), Wire.header(Wire.MAX_VARINT, 2), garbage);
                }),
                asked(
                        "server-without-hello",
                        EXTENDED,
                        "switches, and never says HELLO",
                        connection -> connection.send(Wire.preface(Wire.random(16)), Wire.EXTENDED)),
                asked(
                        "server-without-key",
                        EXTENDED,
                        "says HELLO without a key",
                        connection -> connection.send(Wire.preface(Wire.random(16)), Wire.EXTENDED, Wire.hello())),
                asked(
                        "server-data-before-hello",
                        EXTENDED,
                        "sends data before HELLO",
                        connection -> connection.send(
                                Wire.preface(Wire.random(16)), Wire.EXTENDED, Wire.data(FIRST, new byte[1000]))),
                asked(
                        "server-challenges-first",
                        EXTENDED,
                        "challenges a first subflow",
                        connection -> connection.send(
                                Wire.preface(Wire.random(16)),
                                Wire.EXTENDED,
                                Wire.joinChallenge(new byte[16], new byte[32]))),
                asked("server-knows-no-session", EXTENDED, "resets with UNKNOWN_SESSION before HELLO", connection -> {
                    connection.send(Wire.preface(Wire.random(16)), Wire.EXTENDED, Wire.reset(2, ""));
                    connection.close();
                }));
    }

    /** What it does with one connection. */
    private interface Answer {
        void to(Connection connection) throws IOException;
    }

    private static Attack asked(String name, Attack.Spoken spoken, String does, Answer answer) {
        return new Attack(
                name,
                CLIENT,
                spoken,
                "a server, asked for a session, " + does,
                "a failed path; the session is the other path's",
                arena -> {
                    HostileServer hostile = arena.hostileServer((server, connection) -> {
                        connection.readPreface();
                        answer.to(connection);
                    });
                    int sessions = arena.scale().of(3, 30);
                    for (int i = 0; i < sessions; i++) {
                        arena.expectEchoTo(arena.dial(hostile.word(), arena.honest()));
                    }
                    assertThat(hostile.accepted()).isPositive();
                });
    }

    /** The client joins there what is the honest server's session. */
    private static List<Attack> toJoin() {
        return List.of(
                joined("join-unknown-session", "says UNKNOWN_SESSION", (name, connection) -> {
                    connection.send(Wire.preface(name), Wire.EXTENDED, Wire.reset(2, ""));
                    connection.close();
                }),
                joined(
                        "join-going-away",
                        "says GOING_AWAY",
                        (name, connection) ->
                                connection.send(Wire.preface(name), Wire.EXTENDED, Wire.reset(4, "gone"))),
                joined(
                        "join-wrong-challenge",
                        "challenges with a wrong mac",
                        (name, connection) -> connection.send(
                                Wire.preface(name),
                                Wire.EXTENDED,
                                Wire.joinChallenge(Wire.random(16), Wire.random(32)))),
                joined(
                        "join-many-challenges",
                        "challenges a thousand times",
                        (name, connection) -> connection.trySend(
                                Wire.preface(name),
                                Wire.EXTENDED,
                                Wire.times(1000, Wire.joinChallenge(Wire.random(16), Wire.random(32))))),
                joined(
                        "join-echoed-request",
                        "sends the client's own request back",
                        (name, connection) -> connection.send(
                                Wire.preface(name), Wire.EXTENDED, Wire.joinRequest(1, Wire.random(16)))),
                joined(
                        "join-hello-without-proof",
                        "says HELLO and data without a proof",
                        (name, connection) -> connection.send(
                                Wire.preface(name), Wire.EXTENDED, Wire.hello(), Wire.data(FIRST, new byte[1000]))),
                joined(
                        "join-fin-without-proof",
                        "ends the stream without a proof",
                        (name, connection) -> connection.send(Wire.preface(name), Wire.EXTENDED, Wire.fin(FIRST))),
                joined(
                        "join-of-the-base-profile",
                        "answers as a Go server",
                        (name, connection) ->
                                connection.send(Wire.preface(name), Wire.PING, Wire.data(FIRST, new byte[1000]))),
                joined(
                        "join-silent",
                        "echoes the preface, and says no more",
                        (name, connection) -> connection.send(Wire.preface(name))),
                joined(
                        "join-of-another-name",
                        "names another session",
                        (name, connection) -> connection.send(Wire.preface(Wire.random(16)), Wire.EXTENDED)),
                joined(
                        "join-and-a-megabyte",
                        "sends a frame of 1 MiB but for its end",
                        (name, connection) -> connection.trySend(
                                Wire.preface(name),
                                Wire.EXTENDED,
                                Wire.header(Wire.MAX_DATA_PAYLOAD, FIRST),
                                new byte[Wire.MAX_DATA_PAYLOAD - 1])),
                joined(
                        "join-path-close",
                        "closes the other paths without a proof",
                        (name, connection) ->
                                connection.send(Wire.preface(name), Wire.EXTENDED, Wire.pathClose(0, 0, "removed"))));
    }

    /** What it does with a connection that joins. */
    private interface JoinAnswer {
        void to(byte[] name, Connection connection) throws IOException;
    }

    private static Attack joined(String name, String does, JoinAnswer answer) {
        return new Attack(
                name,
                CLIENT,
                name.contains("base") ? BASE : EXTENDED,
                "another server behind one of the client's paths " + does,
                "a failed path; the session goes on over the other",
                arena -> {
                    HostileServer hostile = arena.hostileServer((server, connection) -> {
                        byte[] session = connection.readPreface();
                        answer.to(session, connection);
                    });
                    // The honest path is asked first, as the hostile one answers nothing to that.
                    String session = arena.dial(arena.honest(), hostile.word());
                    arena.expectEchoTo(session);
                    Arena.eventually()
                            .untilAsserted(() -> assertThat(hostile.accepted()).isPositive());
                    arena.hold(2);
                    arena.expectEchoTo(session);
                });
    }
}
