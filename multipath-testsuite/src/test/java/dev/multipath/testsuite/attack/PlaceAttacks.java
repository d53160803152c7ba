package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.HostileSession.expectEcho;
import static dev.multipath.testsuite.attack.Wire.FIRST;

import java.util.List;

/** Peers that want all places: of sessions, handshakes, and what waits for them. */
final class PlaceAttacks {

    private PlaceAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "sessions-dropped",
                        SERVER,
                        EXTENDED,
                        "10,000 sessions that say HELLO and lose their connection",
                        "newcomers get in; the oldest of the least proven go",
                        arena -> arena.repeat(arena.scale().of(1500, 12_000), i -> drop(arena, Arena.HOME))),
                new Attack(
                        "sessions-dropped-from-many-sources",
                        SERVER,
                        EXTENDED,
                        "the same from 2500 addresses",
                        "newcomers get in",
                        arena ->
                                arena.repeat(arena.scale().of(1000, 12_000), i -> drop(arena, Arena.source(i % 2500)))),
                new Attack(
                        "sessions-dropped-before-hello",
                        SERVER,
                        EXTENDED,
                        "10,000 sessions that lose their connection before they have said HELLO",
                        "newcomers get in",
                        arena -> arena.repeat(arena.scale().of(1000, 12_000), i -> {
                            Connection connection = arena.connect();
                            connection.send(Wire.NEW_SESSION, Wire.EXTENDED);
                            connection.readPreface();
                            connection.reset();
                        })),
                new Attack(
                        "sessions-held",
                        SERVER,
                        EXTENDED,
                        "5000 sessions that are kept, with one echo each",
                        "newcomers get in",
                        arena -> arena.repeatAndHold(arena.scale().of(500, 5000), i -> {
                            HostileSession session = arena.session();
                            expectEcho(session.first, FIRST);
                        })),
                new Attack(
                        "base-sessions-held",
                        SERVER,
                        BASE,
                        "5000 base sessions that are kept",
                        "newcomers get in",
                        arena -> arena.repeatAndHold(
                                arena.scale().of(500, 5000), i -> arena.baseSession(arena.connect()))),
                new Attack(
                        "base-session-churn",
                        SERVER,
                        BASE,
                        "opens base sessions, has one echo of each, and closes",
                        "nothing stays",
                        arena -> arena.repeat(arena.scale().of(500, 10_000), i -> {
                            try (Connection connection = arena.connect()) {
                                arena.baseSession(connection);
                                expectEcho(connection, FIRST);
                            }
                        })),
                new Attack(
                        "polite-churn",
                        SERVER,
                        EXTENDED,
                        "opens sessions, and ends each as a client that has another one: HELLO, FIN 10, RESET NO_READER",
                        "nothing stays",
                        arena -> arena.repeat(arena.scale().of(500, 10_000), i -> {
                            HostileSession session = arena.session();
                            session.first.send(Wire.fin(FIRST), Wire.reset(0, ""));
                            session.first.shutdownOutput();
                            session.first.awaitEnd();
                        })),
                new Attack(
                        "resumed-and-closed",
                        SERVER,
                        EXTENDED,
                        "resumes its sessions and loses them at once, over and over",
                        "its own sessions' business",
                        arena -> arena.repeat(arena.scale().of(16, 200), i -> {
                            HostileSession session = arena.session();
                            session.first.reset();
                            for (int j = 0; j < arena.scale().of(10, 50); j++) {
                                session.join().reset();
                            }
                        })),
                new Attack(
                        "resumed-and-violated",
                        SERVER,
                        EXTENDED,
                        "resumes its sessions and breaks the protocol at once, over and over",
                        "each time the subflow is closed",
                        arena -> arena.repeat(arena.scale().of(16, 200), i -> {
                            HostileSession session = arena.session();
                            session.first.reset();
                            for (int j = 0; j < arena.scale().of(10, 50); j++) {
                                Connection subflow = session.join();
                                subflow.send(Wire.baseAck(FIRST));
                                subflow.awaitEnd();
                            }
                        })),
                new Attack(
                        "proven-client-returns-in-the-crowd",
                        SERVER,
                        EXTENDED,
                        "an honest session that is suspended returns while 1500 connections say nothing",
                        "who proves itself finds a place",
                        arena -> {
                            HostileSession proven = arena.session("127.0.0.9");
                            expectEcho(proven.first, FIRST);
                            arena.repeat(arena.scale().of(1500, 1500), i -> arena.connect());
                            proven.first.reset();
                            expectEcho(proven.join(), FIRST + 1);
                        }));
    }

    private static void drop(Arena arena, String source) throws Exception {
        HostileSession session = arena.session(source);
        session.first.send(Wire.data(FIRST, new byte[50]));
        session.first.reset();
    }
}
