package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.Wire.FIRST;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Peers that want the victim to hold as much as it can. In the build they want the same, but fewer of them do. */
final class MemoryAttacks {

    private static final int CHUNK = 32_000;

    private MemoryAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "hole-at-the-first-frame",
                        SERVER,
                        EXTENDED,
                        "600 sessions send 500 KB each behind a first frame that is missing",
                        "all together hold no more than the budget; the greediest go",
                        arena -> arena.repeatAndHold(
                                arena.scale().of(600, 600), i -> fillBehindHole(arena.session(), 500_000))),
                new Attack(
                        "hole-from-many-sources",
                        SERVER,
                        EXTENDED,
                        "the same from 600 addresses",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(
                                arena.scale().of(600, 900),
                                i -> fillBehindHole(arena.session(Arena.source(i)), 500_000))),
                new Attack(
                        "hole-and-tiny-frames",
                        SERVER,
                        EXTENDED,
                        "200 sessions send 4000 frames of one byte behind a missing one, each alone in a full read",
                        "what slices pin is counted",
                        arena -> arena.repeatAndHold(
                                arena.scale().of(40, 200),
                                i -> pinReads(
                                        arena, arena.session(), arena.scale().of(400, 4000)))),
                new Attack(
                        "echo-that-nobody-acknowledges",
                        SERVER,
                        EXTENDED,
                        "40 sessions read 10 MB of echo each and acknowledge nothing",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(arena.scale().of(40, 60), i -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 0);
                            session.first.send(Wire.hello(1L << 40, 60_000, 16));
                            echoWithoutAcks(arena, session, 10_000_000);
                        })),
                new Attack(
                        "echo-that-nobody-reads",
                        SERVER,
                        EXTENDED,
                        "100 sessions want much echoed, and do not read their connections at all",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(arena.scale().of(60, 400), i -> {
                            HostileSession session = HostileSession.begin(arena, Arena.HOME, 4096);
                            session.first.send(Wire.hello(1L << 40, 60_000, 16));
                            FlowAttacks.sendWithinCredit(session, 500_000);
                        })),
                new Attack(
                        "base-hole-at-the-first-frame",
                        SERVER,
                        BASE,
                        "20 sessions send 16 MiB each behind a missing frame",
                        "dropped from some number on; all together hold no more than the budget",
                        arena -> arena.repeatAndHold(arena.scale().of(20, 40), i -> {
                            Connection connection = arena.connect();
                            arena.baseSession(connection);
                            FlowAttacks.drain(arena, connection);
                            for (int frame = 1; frame <= 16 * 32; frame++) {
                                connection.send(Wire.header(1 << 15, FIRST + frame), new byte[1 << 15]);
                            }
                        })),
                new Attack(
                        "base-echo-that-nobody-acknowledges",
                        SERVER,
                        BASE,
                        "40 base sessions read 10 MB of echo each and acknowledge nothing",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(arena.scale().of(40, 60), i -> {
                            Connection connection = arena.connect();
                            arena.baseSession(connection);
                            FlowAttacks.drain(arena, connection);
                            for (int frame = 0; frame < 300; frame++) {
                                connection.send(Wire.header(CHUNK, FIRST + frame), new byte[CHUNK]);
                            }
                        })),
                new Attack(
                        "frames-without-their-end",
                        SERVER,
                        EXTENDED,
                        "300 sessions send a frame of 500 KB each but for its last byte",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(
                                arena.scale().of(300, 450),
                                i -> arena.session().first.send(Wire.header(500_000, FIRST), new byte[499_999]))),
                new Attack(
                        "base-frames-without-their-end",
                        SERVER,
                        BASE,
                        "400 base sessions send a frame of 1 MiB each but for its last byte",
                        "all together hold no more than the budget",
                        arena -> arena.repeatAndHold(arena.scale().of(400, 640), i -> {
                            Connection connection = arena.connect();
                            arena.baseSession(connection);
                            connection.send(
                                    Wire.header(Wire.MAX_DATA_PAYLOAD, FIRST), new byte[Wire.MAX_DATA_PAYLOAD - 1]);
                        })),
                new Attack(
                        "suspended-with-their-memory",
                        SERVER,
                        EXTENDED,
                        "400 sessions fill what they may, and lose their subflows",
                        "suspended ones are the first to go when memory is short",
                        arena -> arena.repeatAndHold(arena.scale().of(400, 800), i -> {
                            HostileSession session = arena.session();
                            fillBehindHole(session, 450_000);
                            session.first.reset();
                        })),
                new Attack(
                        "window-that-grows",
                        SERVER,
                        EXTENDED,
                        "16 sessions behave until their windows are large, and then fill them behind a missing frame",
                        "credit stops growing when memory is short",
                        arena -> arena.repeatAndHold(arena.scale().of(16, 32), i -> growThenFill(arena))));
    }

    private static void fillBehindHole(HostileSession session, int bytes) throws IOException {
        long left = Math.min(bytes, session.credit);
        for (long frame = FIRST + 1; left > 0; frame++) {
            int size = (int) Math.min(CHUNK, left);
            session.first.send(Wire.header(size, frame), new byte[size]);
            left -= size;
        }
    }

    /** One byte that is kept, and what fills the rest of the buffer that it was read into. */
    private static void pinReads(Arena arena, HostileSession session, int frames) throws IOException {
        FlowAttacks.drain(arena, session.first);
        byte[] filling = Wire.times(16, Wire.extended(Wire.EXTENSION, new byte[4000]));
        for (int i = 1; i <= frames; i++) {
            session.first.send(Wire.data(FIRST + i, (byte) i), filling);
        }
    }

    private static void echoWithoutAcks(Arena arena, HostileSession session, int bytes) throws IOException {
        AtomicLong credit = new AtomicLong(session.credit);
        arena.start(() -> {
            while (true) {
                Frame frame = session.first.read();
                if (frame.isExtended(Wire.ACK)) {
                    credit.accumulateAndGet(frame.varints(2)[1], Math::max);
                    synchronized (credit) {
                        credit.notifyAll();
                    }
                }
            }
        });
        long sent = 0;
        for (long frame = FIRST; sent < bytes && awaitCredit(credit, sent + CHUNK); frame++) {
            session.first.send(Wire.header(CHUNK, frame), new byte[CHUNK]);
            sent += CHUNK;
        }
    }

    /** Whether it comes in a while: the victim may have enough. */
    private static boolean awaitCredit(AtomicLong credit, long wanted) {
        synchronized (credit) {
            try {
                if (credit.get() < wanted) {
                    credit.wait(1000);
                }
            } catch (InterruptedException e) {
                return false;
            }
            return credit.get() >= wanted;
        }
    }

    private static void growThenFill(Arena arena) throws IOException {
        HostileSession session = arena.session();
        long sent = 0;
        long credit = session.credit;
        long number = FIRST;
        // Honest for a while: what comes back is acknowledged, and the victim's own window grows.
        long received = 0;
        long framesReceived = 0;
        while (sent < 4_000_000) {
            while (sent + CHUNK <= credit && sent - received < 200_000) {
                session.first.send(Wire.header(CHUNK, number++), new byte[CHUNK]);
                sent += CHUNK;
            }
            Frame frame = session.first.read();
            if (frame.isExtended(Wire.ACK)) {
                credit = Math.max(credit, frame.varints(2)[1]);
            } else if (frame.isData()) {
                received += frame.payload().length;
                framesReceived++;
                session.first.send(Wire.ack(FIRST + framesReceived, 1L << 40, framesReceived));
            }
        }
        FlowAttacks.drain(arena, session.first);
        for (number++; sent + CHUNK <= credit; number++) {
            session.first.send(Wire.header(CHUNK, number), new byte[CHUNK]);
            sent += CHUNK;
        }
    }
}
