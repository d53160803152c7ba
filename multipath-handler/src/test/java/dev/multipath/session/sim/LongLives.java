package dev.multipath.session.sim;

import static dev.multipath.session.sim.Draws.MILLISECOND;
import static dev.multipath.session.sim.Draws.SECOND;
import static dev.multipath.session.sim.Draws.logarithmic;

import dev.multipath.codec.DataFrame;
import dev.multipath.session.ExtendedConfig;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.sim.EndPlan.Action;
import dev.multipath.session.sim.EndPlan.ActionKind;
import dev.multipath.session.sim.EndPlan.Ending;
import dev.multipath.session.sim.PathModel.Fault;
import dev.multipath.session.sim.PathModel.FaultKind;
import dev.multipath.session.sim.Scenario.Eventful;
import dev.multipath.session.sim.Traffic.Reading;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Sessions that live for days and weeks, as those of a telephone with its server or between two offices: hours of silence with
 * nothing but pings, a message now and then, and over the weeks many more losses of paths than {@link EventfulScenarios} has
 * room for, some for hours. What adds up, or is measured from long ago, shows here: back-off, resumption time, numbers of
 * subflows, round trips of last week.
 */
final class LongLives {

    private static final long HOUR = 3600 * SECOND;
    private static final long DAY = 24 * HOUR;
    private static final long LONGEST_DAYS = 60;

    private static final int MAX_FAULTS = 40;
    private static final int MAX_OUTAGES = 10;
    private static final int MAX_MESSAGES = 200;

    /** Above what a message takes on the slowest path, and time to come to rest. */
    private static final long LAST_MESSAGES_NANOS = 60 * SECOND;

    private LongLives() {}

    static Scenario of(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long lifeNanos = logarithmic(random, DAY, LONGEST_DAYS * DAY);
        boolean rests = random.nextBoolean();
        List<PathModel> paths = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            paths.add(Draws.path(random, 20_000, SECOND / 2)
                    .withFaults(
                            faults(random, FaultKind.values(), lifeNanos, random.nextInt(MAX_FAULTS + 1), 12 * HOUR)));
        }
        List<Fault> outages =
                faults(random, new FaultKind[] {FaultKind.DEATH}, lifeNanos, random.nextInt(MAX_OUTAGES + 1), HOUR);
        EndPlan client = plan(random, lifeNanos, rests);
        EndPlan server = plan(random, lifeNanos, rests);
        if (client.ending() == Ending.CLOSE_AFTER_INPUT && server.ending() == Ending.CLOSE_AFTER_INPUT) {
            // Each would wait for the other.
            server = new EndPlan(server.config(), server.traffic(), Ending.HALF_CLOSE, 0, server.actions());
        }
        return new Scenario(
                seed,
                Draws.startNanos(random),
                List.copyOf(paths),
                client,
                server,
                random.nextInt(3) == 0,
                (int) logarithmic(random, 1, 64),
                new Eventful(outages, rests, false, lifeNanos + LAST_MESSAGES_NANOS));
    }

    private static List<Fault> faults(
            SplittableRandom random, FaultKind[] kinds, long lifeNanos, int count, long longestNanos) {
        List<Fault> faults = new ArrayList<>();
        List<FaultKind> mix = Draws.mix(random, kinds);
        for (int i = 0; i < count; i++) {
            faults.add(new Fault(
                    mix.get(random.nextInt(mix.size())),
                    random.nextLong(2 * lifeNanos / count),
                    logarithmic(random, 10 * MILLISECOND, longestNanos),
                    learnsNanos(random),
                    learnsNanos(random),
                    random.nextBoolean()));
        }
        return List.copyOf(faults);
    }

    private static long learnsNanos(SplittableRandom random) {
        return switch (random.nextInt(3)) {
            case 0 -> 0;
            case 1 -> EventfulScenarios.NEVER_NANOS;
            default -> logarithmic(random, MILLISECOND, 60 * SECOND);
        };
    }

    private static EndPlan plan(SplittableRandom random, long lifeNanos, boolean rests) {
        int messages = (int) logarithmic(random, 1, MAX_MESSAGES);
        int largestBytes = (int) logarithmic(random, 16, ByteStream.MAX_PIECE_BYTES);
        Reading reading = Reading.values()[random.nextInt(Reading.values().length)];
        Traffic traffic = new Traffic(
                // The mean of what is drawn for a write is a third of the largest.
                Math.max(1, (long) messages * largestBytes / 3),
                1,
                largestBytes,
                (int) logarithmic(random, 1, 10),
                2 * lifeNanos / messages,
                reading,
                (int) logarithmic(random, 64 << 10, 1 << 20),
                logarithmic(random, SECOND, reading == Reading.SLOW ? 10 * 60 * SECOND : 6 * HOUR),
                false);
        Ending ending =
                switch (random.nextInt(rests ? 4 : 6)) {
                    case 0, 1 -> Ending.HALF_CLOSE;
                    case 2, 3 -> Ending.CLOSE_AFTER_INPUT;
                    case 4 -> Ending.CLOSE_AT;
                    default -> Ending.ABORT_AT;
                };
        List<Action> actions = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            ActionKind kind = ActionKind.values()[random.nextInt(ActionKind.values().length)];
            actions.add(new Action(kind, random.nextLong(lifeNanos), random.nextInt(1 << 20)));
        }
        return new EndPlan(
                config(random, rests), traffic, ending, lifeNanos / 2 + random.nextLong(lifeNanos / 2), actions);
    }

    private static SessionConfig config(SplittableRandom random, boolean rests) {
        long longestHours = 100;
        long resumptionMillis = logarithmic(random, 60_000, longestHours * 3_600_000);
        return new SessionConfig(
                (int) logarithmic(random, 4 << 10, 2 << 20),
                (int) logarithmic(random, DataFrame.MAX_PAYLOAD_BYTES, 4 << 20),
                (int) logarithmic(random, 1 << 10, DataFrame.MAX_PAYLOAD_BYTES),
                Duration.ofHours(100 * 24),
                // What keeps a NAT's entry, up to what spares a battery.
                Duration.ofMillis(logarithmic(random, 15_000, 3_600_000)),
                new ExtendedConfig(
                        true,
                        random.nextBoolean(),
                        // Some live through a night without a network, some do not; none is left alone that stays to
                        // the end.
                        rests ? Duration.ofHours(longestHours) : Duration.ofMillis(resumptionMillis),
                        (int) logarithmic(random, 64 << 10, 1 << 20),
                        Duration.ofSeconds(30),
                        16,
                        false));
    }
}
