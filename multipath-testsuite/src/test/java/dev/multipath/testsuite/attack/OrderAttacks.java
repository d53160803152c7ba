package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.Wire.FIRST;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Somebody on the way, or at the other end, who repeats, reorders and moves frames from one subflow to another. */
final class OrderAttacks {

    private static final int FRAMES = 200;

    private OrderAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "frames-in-any-order-on-two-subflows",
                        SERVER,
                        EXTENDED,
                        "sends each frame three times, in any order, over two subflows",
                        "the stream, each byte once",
                        arena -> {
                            HostileSession session = arena.session();
                            shuffle(arena, session.first, session.join());
                        }),
                new Attack(
                        "base-frames-in-any-order-on-two-subflows",
                        SERVER,
                        BASE,
                        "the same",
                        "the stream, each byte once",
                        arena -> {
                            Connection first = arena.connect();
                            byte[] name = arena.baseSession(first);
                            shuffle(arena, first, baseJoin(arena, name));
                        }),
                new Attack(
                        "base-connection-played-again",
                        SERVER,
                        BASE,
                        "plays all bytes of one subflow again as another one of the session, and as a session of its own",
                        "the stream, each byte once; the other session is another one",
                        arena -> {
                            Connection first = arena.connect();
                            byte[] name = arena.baseSession(first);
                            StreamOfFrames echo = new StreamOfFrames(arena, first);
                            byte[] words = Wire.random(100 * FRAMES);
                            byte[] all = Wire.cat(IntStream.range(0, FRAMES)
                                    .mapToObj(frame -> CutAttacks.frame(words, frame))
                                    .toArray(byte[][]::new));
                            first.send(all);
                            baseJoin(arena, name).trySend(all);
                            Connection other = arena.connect();
                            arena.baseSession(other);
                            StreamOfFrames otherEcho = new StreamOfFrames(arena, other);
                            other.send(all);
                            echo.expect(words);
                            otherEcho.expect(words);
                        }),
                new Attack(
                        "fin-first",
                        SERVER,
                        EXTENDED,
                        "says where the stream ends, and then sends it backwards, twice",
                        "the stream, and its end",
                        arena -> {
                            HostileSession session = arena.session();
                            StreamOfFrames echo = new StreamOfFrames(arena, session.first);
                            byte[] words = Wire.random(100 * FRAMES);
                            session.first.send(Wire.fin(FIRST + FRAMES));
                            for (int round = 0; round < 2; round++) {
                                for (int frame = FRAMES - 1; frame >= 0; frame--) {
                                    session.first.trySend(CutAttacks.frame(words, frame));
                                }
                            }
                            echo.expect(words);
                            echo.expectFin();
                        }),
                new Attack(
                        "credit-by-the-byte",
                        SERVER,
                        EXTENDED,
                        "wants much echoed and grants one byte more with each acknowledgement",
                        "no more than was granted comes; nobody else feels the work; it goes on when there is credit again",
                        arena -> arena.repeat(arena.scale().of(4, 32), i -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                            session.first.send(Wire.hello(0, 60_000, 16));
                            byte[] words = Wire.random(100 * 1000);
                            StreamOfFrames echo = new StreamOfFrames(arena, session.first);
                            for (int frame = 0; frame < 1000; frame++) {
                                session.first.send(CutAttacks.frame(words, frame));
                            }
                            int most = (1 << 16) + arena.scale().of(2000, 20_000);
                            for (int granted = 1 << 16; granted <= most; granted++) {
                                echo.acknowledge(session.first, granted);
                            }
                            if (echo.bytes().length > most) {
                                throw new AssertionError("more than was granted");
                            }
                            Arena.eventually().until(() -> {
                                echo.acknowledge(session.first, 1 << 20);
                                return echo.bytes().length >= words.length;
                            });
                            echo.expect(words);
                        })));
    }

    /** A second subflow of a base session, which anybody may make who knows its name. */
    private static Connection baseJoin(Arena arena, byte[] name) throws IOException {
        Connection second = arena.connect();
        second.send(Wire.preface(name), Wire.PING);
        second.readPreface();
        return second;
    }

    private static void shuffle(Arena arena, Connection first, Connection second) throws IOException {
        StreamOfFrames echo = new StreamOfFrames(arena, first, second);
        byte[] words = Wire.random(100 * FRAMES);
        List<Integer> order = new ArrayList<>(
                Collections.nCopies(3, IntStream.range(0, FRAMES).boxed().toList()).stream()
                        .flatMap(List::stream)
                        .toList());
        Collections.shuffle(order);
        for (int i = 0; i < order.size(); i++) {
            (i % 3 == 0 ? second : first).send(CutAttacks.frame(words, order.get(i)));
        }
        echo.expect(words);
    }
}
