package dev.multipath.session.sim;

import dev.multipath.congestion.CongestionControl;
import dev.multipath.scheduler.EarliestArrivalScheduler;
import dev.multipath.session.SessionPolicies;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * A session whose subflows share one bottleneck, or have one each, beside traffic of others; all by its seed. Of every kind: near and far,
 * narrow and wide, with deep queues and shallow ones, lossy ones, and several that are alike in all of that.
 */
final class BottleneckScenario {

    private static final long SECOND = 1_000_000_000L;
    private static final long ENDLESS_BYTES = 1L << 40;

    /** What else is on a link. */
    private enum Others {
        NOBODY,
        /** A connection that never ends. */
        BULK,
        /** One that rests now and then. */
        BURSTS
    }

    final TcpWorld world;
    final Rate session = new Rate();
    final String description;
    private final SplittableRandom random;

    /**
     * Sets it up.
     *
     * @param controls of the client, which sends everything
     */
    BottleneckScenario(boolean shared, long seed, Supplier<CongestionControl> controls) {
        random = new SplittableRandom(seed);
        Flow here = new Flow(total -> {});
        Flow there = new Flow(this::onRead);
        // The client's end is made first.
        Deque<SessionPolicies> policies = new ArrayDeque<>(List.of(
                new SessionPolicies(new EarliestArrivalScheduler(), controls),
                SessionPolicies.of(new EarliestArrivalScheduler())));
        world = new TcpWorld(policies::remove, seed, false, here, there);
        world.client.told = Told.TCP_INFO;
        world.server.told = Told.TCP_INFO;
        TcpControl.Kind control = random.nextInt(3) == 0 ? TcpControl.Kind.BBR : TcpControl.Kind.CUBIC;
        int paths = 2 + random.nextInt(3);
        boolean alike = random.nextInt(4) == 0;
        boolean bursts = random.nextInt(4) == 0;
        StringBuilder text = new StringBuilder(control + (alike ? " alike" : "") + (bursts ? " in bursts" : ""));
        PathSpec first = spec();
        TcpLink up = null;
        TcpLink down = null;
        for (int i = 0; i < paths; i++) {
            PathSpec spec = i == 0 || alike || shared ? first : spec();
            if (i == 0 || !shared) {
                up = link(spec);
                down = link(spec);
                Others on = Others.values()[random.nextInt(3)];
                text.append(", ").append(spec).append(' ').append(on);
                begin(on, spec, up, down);
            }
            long fartherNanos = !shared || alike || i == 0 ? 0 : (long) (spec.rttNanos() * random.nextDouble());
            world.addPath(
                    spec, control, fartherNanos == 0 ? up : new FartherLink(world.clock, spec, up, fartherNanos), down);
        }
        description = text.toString();
        if (bursts) {
            burst(here, first.bytesPerSecond());
        } else {
            here.want(ENDLESS_BYTES);
        }
    }

    private void onRead(long totalBytes) {
        session.add(world.clock.nowNanos(), totalBytes - session.totalBytes());
    }

    /** 5 to 50 Mbit/s, 10 to 150 ms there and back and as long a queue; one in four loses one packet in a thousand by chance. */
    private PathSpec spec() {
        return new PathSpec(
                Math.round(5 * Math.pow(10, random.nextDouble())),
                Math.round(10 * Math.pow(15, random.nextDouble())),
                Math.round(10 * Math.pow(15, random.nextDouble())),
                random.nextInt(4) == 0 ? 0.001 : 0,
                0);
    }

    private TcpLink link(PathSpec spec) {
        return new TcpLink(world.clock, spec, spec.rttNanos(), random.split());
    }

    private void begin(Others kind, PathSpec spec, TcpLink up, TcpLink down) {
        if (kind == Others.NOBODY) {
            return;
        }
        TcpPipe pipe = new TcpPipe(world.clock, up, down, TcpControl.Kind.CUBIC.create());
        long atNanos = random.nextLong(5 * SECOND);
        if (kind == Others.BULK) {
            world.clock.at(atNanos, () -> pipe.write(ENDLESS_BYTES));
        } else {
            SplittableRandom own = random.split();
            world.clock.at(atNanos, () -> burst(pipe, spec.bytesPerSecond(), own));
        }
    }

    /** Of half a second to two, with as much rest. */
    private void burst(TcpPipe pipe, double bytesPerSecond, SplittableRandom own) {
        double seconds = 0.5 + 1.5 * own.nextDouble();
        pipe.write((long) (seconds * bytesPerSecond));
        world.clock.after(
                (long) (seconds * (1 + 2 * own.nextDouble()) * SECOND), () -> burst(pipe, bytesPerSecond, own));
    }

    private void burst(Flow flow, double bytesPerSecond) {
        double seconds = 0.5 + 1.5 * random.nextDouble();
        flow.want((long) (seconds * bytesPerSecond));
        world.clock.after((long) (seconds * (1 + 2 * random.nextDouble()) * SECOND), () -> burst(flow, bytesPerSecond));
    }
}
