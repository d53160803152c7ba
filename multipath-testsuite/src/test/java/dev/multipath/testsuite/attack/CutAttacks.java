package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.HostileSession.expectEcho;
import static dev.multipath.testsuite.attack.Wire.FIRST;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** Joins, resumptions and ends that are cut at any byte, or aborted half-way. */
final class CutAttacks {

    private static final long FIRST_PATH = 0;

    private CutAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "join-cut-everywhere",
                        SERVER,
                        EXTENDED,
                        "joins again and again, and is cut after each byte that a join and a first frame have",
                        "the session goes on over its other subflow",
                        arena -> {
                            HostileSession session = arena.session();
                            cutEverywhere(arena, session);
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "resumption-cut-everywhere",
                        SERVER,
                        EXTENDED,
                        "the same with a session that has no other subflow",
                        "it waits for the one that is not cut",
                        arena -> {
                            HostileSession session = arena.session();
                            session.first.reset();
                            cutEverywhere(arena, session);
                            expectEcho(session.join(), FIRST);
                        }),
                new Attack(
                        "half-closed-and-killed",
                        SERVER,
                        EXTENDED,
                        "ends its direction, loses all its subflows at once, and comes back for the answer",
                        "all of it, and the end",
                        arena -> arena.repeat(arena.scale().of(20, 300), i -> {
                            HostileSession session = arena.session();
                            byte[] word = Wire.random(5000);
                            session.first.send(Wire.data(FIRST, word), Wire.fin(FIRST + 1));
                            session.first.endsWithin(i % 20);
                            session.first.reset();
                            Connection next = session.join();
                            // Perhaps none of it has arrived.
                            next.send(Wire.data(FIRST, word), Wire.fin(FIRST + 1));
                            StreamOfFrames echo = new StreamOfFrames(arena, next);
                            echo.expect(word);
                            echo.expectFin();
                        })),
                new Attack(
                        "aborted-in-a-proof",
                        SERVER,
                        EXTENDED,
                        "resets its session over one subflow while another is in its proof",
                        "both are over",
                        arena -> arena.repeat(arena.scale().of(20, 300), i -> {
                            HostileSession session = arena.session();
                            HostileSession.Challenge joining = session.request(session.nextPathId());
                            session.first.send(Wire.reset(300, "given up"));
                            joining.connection().trySend(Wire.joinResponse(session.proof(joining)), Wire.hello());
                            session.first.awaitEnd();
                            joining.connection().awaitEnd();
                        })),
                new Attack(
                        "aborted-behind-a-proof",
                        SERVER,
                        EXTENDED,
                        "proves itself, and resets the session before it has said HELLO there",
                        "that subflow's end, or the session's; no other's",
                        arena -> arena.repeat(arena.scale().of(20, 300), i -> {
                            HostileSession session = arena.session();
                            HostileSession.Challenge joining = session.request(session.nextPathId());
                            joining.connection()
                                    .send(Wire.joinResponse(session.proof(joining)), Wire.reset(300, "given up"));
                            joining.connection().awaitEnd();
                        })),
                new Attack(
                        "late-data-of-a-closed-path",
                        SERVER,
                        EXTENDED,
                        "has one of its subflows closed, and goes on sending there; and all of it again elsewhere",
                        "each byte once",
                        arena -> arena.repeat(arena.scale().of(10, 100), i -> {
                            HostileSession session = arena.session();
                            Connection second = session.join();
                            StreamOfFrames echo = new StreamOfFrames(arena, session.first, second);
                            byte[] words = Wire.random(5000);
                            session.first.send(Wire.pathClose(1, 0, "removed"));
                            for (int frame = 0; frame < 50; frame++) {
                                second.trySend(frame(words, frame));
                            }
                            for (int frame = 49; frame >= 0; frame--) {
                                session.first.send(frame(words, frame));
                            }
                            echo.expect(words);
                        })),
                new Attack(
                        "closes-of-its-other-paths",
                        SERVER,
                        EXTENDED,
                        "closes every other path of its session, and its own, and paths of others, over the last one that joined",
                        "its own session's business, which goes on with a join",
                        arena -> {
                            HostileSession other = arena.session();
                            HostileSession session = arena.session();
                            session.join();
                            Connection last = session.join();
                            for (long path = FIRST_PATH; path < 20; path++) {
                                last.trySend(Wire.pathClose(path, 1, "not mine"));
                            }
                            expectEcho(session.join(), FIRST);
                            expectEcho(other.first, FIRST);
                        }));
    }

    /** A hundred bytes. */
    static byte[] frame(byte[] words, int frame) {
        return Wire.data(FIRST + frame, Arrays.copyOfRange(words, 100 * frame, 100 * (frame + 1)));
    }

    private static void cutEverywhere(Arena arena, HostileSession session) throws IOException {
        byte[] opening =
                Wire.cat(Wire.preface(session.connectionId), Wire.EXTENDED, Wire.joinRequest(1000, Wire.random(16)));
        for (int cut = 1; cut < opening.length; cut++) {
            Connection connection = arena.connect();
            connection.send(Arrays.copyOf(opening, cut));
            cut(connection, cut);
        }
        byte[] data = Wire.data(FIRST, Wire.random(20));
        int bytes = Wire.cat(Wire.joinResponse(new byte[32]), Wire.hello(), data).length;
        for (int cut = 0; cut < bytes; cut++) {
            HostileSession.Challenge challenge = session.request(session.nextPathId());
            byte[] proven = Wire.cat(Wire.joinResponse(session.proof(challenge)), Wire.hello(), data);
            challenge.connection().send(Arrays.copyOf(proven, cut));
            cut(challenge.connection(), cut);
        }
    }

    /** In each of the ways in which a connection ends. */
    private static void cut(Connection connection, int way) throws IOException {
        switch (way % 3) {
            case 0 -> connection.reset();
            case 1 -> connection.close();
            default -> {
                connection.shutdownOutput();
                connection.awaitEnd();
                connection.close();
            }
        }
    }
}
