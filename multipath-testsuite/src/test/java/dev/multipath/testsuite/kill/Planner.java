package dev.multipath.testsuite.kill;

import dev.multipath.testsuite.kill.Plan.Early;
import dev.multipath.testsuite.kill.Plan.Ending;
import dev.multipath.testsuite.kill.Plan.Fate;
import dev.multipath.testsuite.kill.Plan.PathChange;
import dev.multipath.testsuite.kill.Plan.Side;
import dev.multipath.testsuite.kill.Plan.Tls;
import dev.multipath.testsuite.kill.Plan.Traffic;
import io.netty.channel.epoll.Epoll;
import io.netty.handler.ssl.OpenSsl;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Makes a plan from a seed. */
final class Planner {

    private static final int MAX_PATHS = 4;
    private static final int MAX_BYTES = 3 << 20;

    /** An outage that a session is to outlive. */
    private static final int MAX_OUTAGE_MILLIS = 1200;

    /** When kills by time come. */
    private static final int MAX_KILL_MILLIS = 2000;

    /** Where a handshake, with TLS or without, and the first frames are over. */
    private static final int GREETING_BYTES = 4000;

    /** So many writes of the smallest size, at most, that a long stream is made of. */
    private static final int MAX_WRITES = 1500;

    private final int session;
    private final long seed;
    private final SplittableRandom random;
    private final boolean extended;
    private final Fate fate;
    private final Traffic traffic;
    private final int paths;
    private final int allPaths;

    private Planner(int session, long seed) {
        this.session = session;
        this.seed = seed;
        random = new SplittableRandom(seed);
        extended = chance(60);
        int fates = random.nextInt(100);
        if (extended) {
            fate = fates < 65 ? Fate.RECOVERS : fates < 80 ? Fate.SAFE : Fate.MORTAL;
        } else {
            fate = fates < 50 ? Fate.SAFE : Fate.MORTAL;
        }
        traffic = Traffic.values()[random.nextInt(Traffic.values().length)];
        paths = 1 + random.nextInt(MAX_PATHS);
        allPaths = paths + (chance(30) ? random.nextInt(MAX_PATHS + 1 - paths) : 0);
    }

    static Plan plan(int session, long seed) {
        return new Planner(session, seed).plan();
    }

    private Plan plan() {
        Tls tls = random.nextInt(3) > 0 ? Tls.NONE : chance(50) && OpenSsl.isAvailable() ? Tls.OPENSSL : Tls.JDK;
        boolean acceptor = chance(25);
        boolean clientEpoll = chance(50) && Epoll.isAvailable();
        boolean serverEpoll = chance(50) && Epoll.isAvailable();
        int listeners = 1 + random.nextInt(paths);
        long upBytes = traffic == Traffic.DOWN ? 0 : size(MAX_BYTES);
        long downBytes = traffic == Traffic.ECHO ? upBytes : traffic == Traffic.UP ? 0 : size(MAX_BYTES);
        boolean clientEnds = chance(50);
        int early = random.nextInt(100);
        Side client =
                side(upBytes, ending(traffic == Traffic.ECHO || clientEnds), early < 7, early < 4, upBytes + downBytes);
        Side server = side(
                downBytes,
                traffic == Traffic.ECHO ? echoEnding() : ending(!clientEnds),
                early > 92,
                early > 95,
                upBytes + downBytes);
        List<PathChange> changes = chance(25) || allPaths > paths ? changes() : List.of();
        return new Plan(
                session,
                seed,
                extended,
                tls,
                acceptor,
                clientEpoll,
                serverEpoll,
                paths,
                allPaths,
                listeners,
                fate,
                traffic,
                client,
                server,
                kills(upBytes, downBytes),
                changes);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    /** As many small as large ones. */
    private long size(int most) {
        return chance(8) ? 0 : (long) Math.exp(random.nextDouble() * Math.log(most));
    }

    /** In the base profile one end has to close, and only when there is nothing left to come. */
    private Ending ending(boolean ends) {
        if (extended) {
            return chance(60) ? Ending.SHUTDOWN : Ending.CLOSE_WHEN_COMPLETE;
        }
        return ends ? Ending.CLOSE_WHEN_COMPLETE : Ending.WAIT;
    }

    private Ending echoEnding() {
        return extended ? Ending.SHUTDOWN : Ending.WAIT;
    }

    private Side side(long bytes, Ending ending, boolean early, boolean abort, long allBytes) {
        int writeBytes = (int) Math.max(1 + bytes / MAX_WRITES, 1 + size(128 << 10));
        return new Side(
                bytes,
                writeBytes,
                chance(60) ? random.nextInt(1500) : 0,
                chance(25) ? random.nextInt(1500) : 0,
                ending,
                early ? abort ? Early.ABORT : Early.LEAVE : Early.NO,
                random.nextLong(allBytes + 1),
                chance(50) ? 64 << 10 : (int) (1024 + size((1 << 20) - 1024)),
                chance(70) ? 8 << 20 : 64 << 10,
                chance(30));
    }

    // ---- paths

    private List<PathChange> changes() {
        List<PathChange> changes = new ArrayList<>();
        List<Integer> there = new ArrayList<>();
        for (int i = 0; i < paths; i++) {
            there.add(i);
        }
        long millis = 0;
        int added = paths;
        for (int i = 0; i < 4; i++) {
            millis += random.nextInt(400);
            int some = there.isEmpty() ? -1 : there.get(random.nextInt(there.size()));
            boolean mayRemove = fate == Fate.MORTAL || some > 0;
            if (added < allPaths && chance(50)) {
                changes.add(new PathChange(PathChange.Kind.ADD, added, millis));
                there.add(added++);
            } else if (mayRemove && some >= 0 && chance(50)) {
                changes.add(new PathChange(PathChange.Kind.REMOVE, some, millis));
                there.remove((Integer) some);
            } else if (extended && some >= 0) {
                PathChange.Kind kind = chance(70) ? PathChange.Kind.BACKUP : PathChange.Kind.NO_BACKUP;
                changes.add(new PathChange(kind, some, millis));
            }
        }
        return changes;
    }

    // ---- kills

    private List<Kill> kills(long upBytes, long downBytes) {
        List<Kill> kills = new ArrayList<>();
        int count = chance(10) ? 0 : 1 + random.nextInt(chance(30) ? 12 : 5);
        for (int i = 0; i < count; i++) {
            int path = random.nextInt(allPaths);
            Kill.Kind kind = Kill.Kind.values()[random.nextInt(Kill.Kind.values().length)];
            if (fate == Fate.SAFE && path == 0) {
                kind = chance(50) ? Kill.Kind.PAUSE : Kill.Kind.DRIBBLE;
            }
            kills.add(new Kill(path, kind, trigger(upBytes, downBytes), millis(kind)));
        }
        if (fate == Fate.MORTAL && chance(50)) {
            // Nothing is left.
            Kill.Trigger trigger = new Kill.AtPhase(Kill.Phase.CONNECTED, random.nextInt(MAX_KILL_MILLIS));
            Kill.Kind kind = chance(50) ? Kill.Kind.REFUSE : Kill.Kind.SILENCE;
            for (int path = 0; path < allPaths; path++) {
                kills.add(new Kill(path, kind, trigger, Kill.FOR_EVER));
            }
        }
        return kills;
    }

    private long millis(Kill.Kind kind) {
        return switch (kind) {
            case PAUSE -> random.nextInt(300);
            case DRIBBLE -> random.nextInt(800);
            case REFUSE, SILENCE ->
                fate == Fate.MORTAL && chance(30) ? Kill.FOR_EVER : random.nextInt(MAX_OUTAGE_MILLIS);
            case HOLD_UP, HOLD_DOWN, HOLD_BOTH -> chance(40) ? Kill.FOR_EVER : random.nextInt(MAX_OUTAGE_MILLIS);
            default -> random.nextInt(MAX_OUTAGE_MILLIS);
        };
    }

    private Kill.Trigger trigger(long upBytes, long downBytes) {
        int choice = random.nextInt(100);
        if (choice < 40) {
            Direction direction = chance(50) ? Direction.UP : Direction.DOWN;
            long bytes = direction == Direction.UP ? upBytes : downBytes;
            long most = chance(50) ? GREETING_BYTES : GREETING_BYTES + bytes;
            return new Kill.AtByte(chance(60) ? 0 : random.nextInt(5), direction, random.nextLong(most));
        }
        if (choice < 45) {
            return new Kill.AtMillis(random.nextInt(MAX_KILL_MILLIS));
        }
        if (choice < 65) {
            return new Kill.AtPhase(Kill.Phase.CONNECTED, random.nextInt(MAX_KILL_MILLIS));
        }
        Kill.Phase phase = Kill.Phase.values()[random.nextInt(Kill.Phase.values().length)];
        return new Kill.AtPhase(phase, chance(60) ? random.nextInt(20) : random.nextInt(500));
    }
}
