package dev.multipath.congestion;

import dev.multipath.metrics.TransportStats;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes several subflows together take no more than one connection would, though each has a congestion control of its own below.
 * Where transports tell what they lose ({@code TCP_INFO}, QUIC), all that they have in flight is kept to the window of a single
 * CUBIC that loses what any of them loses; each has the same part of it. (What one leaves is not for another: it would take it in a
 * burst, and lose that.) Where they do not tell, nothing is known of losses, and only what the sockets of a path hold has a limit.
 *
 * <p>For the subflows of one session; not thread-safe.
 */
public final class Coupling {

    /** How the subflows of a group belong together. */
    private enum Kind {
        /** Several paths, which may have one bottleneck. What each holds is its own. */
        PATHS(CubicWindow.Convergence.FAST),
        /** Several sockets of one path, which hold together what one would. */
        SOCKETS(CubicWindow.Convergence.SLOW);

        final CubicWindow.Convergence convergence;

        Kind(CubicWindow.Convergence convergence) {
            this.convergence = convergence;
        }
    }

    private static final double RECOVERY_GAIN = 1.25;

    /**
     * How much of a window, beside what it would be allowed by itself, a path may have. That keeps below what the queue takes; so it loses nothing
     * to whoever fills the queue, has what he leaves whenever he loses something, and would never give it back. With half as much again
     * it reaches the end of a queue of .9 of the round trip. In front of a longer one it gives way anyhow.
     */
    private static final double PROBING_GAIN = 1.5;

    private final Kind kind;
    private final CubicWindow window;
    private final List<Member> members = new ArrayList<>();

    /** Of sockets: what one would be allowed, by what all of them deliver. */
    private final BandwidthDelayControl asOne = new BandwidthDelayControl();

    private final Sum sum = new Sum();

    /** So many shares of a bottleneck those had that have come together; one from the first loss on. */
    private int shares;

    private long windowBytes = Long.MAX_VALUE;

    private Coupling(Kind kind, int shares) {
        this.kind = kind;
        this.shares = shares;
        window = new CubicWindow(kind.convergence);
    }

    /** {@return a group of sockets of one path} */
    public static Coupling ofSockets() {
        return new Coupling(Kind.SOCKETS, 1);
    }

    /**
     * Couples all subflows of each session, as RFC 6356 wants it of those that share a bottleneck: for
     * {@code MultipathChannelOption.CONGESTION_CONTROL}. Whether they share one is not looked at, as {@link Bottlenecks} does. On
     * paths that share none it costs throughput.
     *
     * @return makes the controls of sessions
     */
    public static Policy ofPaths() {
        return () -> {
            Coupling coupling = ofOneSession(1);
            return () -> coupling.join(new BandwidthDelayControl());
        };
    }

    /**
     * Couples paths.
     *
     * @param shares how many connections' part of a bottleneck those take now that will join: they give back all but one
     */
    static Coupling ofOneSession(int shares) {
        return new Coupling(Kind.PATHS, shares);
    }

    /** What couples the subflows of a session, and not those of several sessions. */
    @FunctionalInterface
    public interface Policy extends Supplier<CongestionControl> {

        /** {@return makes the controls of the subflows of one more session} */
        Supplier<CongestionControl> newSession();

        /** {@return the control of a subflow that is alone} */
        @Override
        default CongestionControl get() {
            return newSession().get();
        }
    }

    /**
     * Adds a subflow.
     *
     * @param own what it would be allowed by itself
     * @return what it is allowed in the group, until {@link CongestionControl#onClosed}
     */
    public CongestionControl join(CongestionControl own) {
        Member member = new Member(own);
        members.add(member);
        return member;
    }

    /** It is in the group no more, but goes on. */
    void leave(CongestionControl member) {
        members.remove(member);
    }

    /** {@return how many there are in it} */
    int size() {
        return members.size();
    }

    /** {@return how much all may have in flight together; {@link Long#MAX_VALUE} if only each by itself is limited} */
    public long limitBytes() {
        return kind == Kind.SOCKETS ? Math.min(windowBytes, asOne.inFlightLimitBytes()) : windowBytes;
    }

    private void update(long nowNanos) {
        windowBytes = window.bytes(nowNanos);
    }

    private final class Member implements CongestionControl {

        private final CongestionControl own;
        private long inFlightBytes;
        private double rate;
        private long minRttNanos = Long.MAX_VALUE;
        private long roundTrips;
        private long lostPackets = TransportStats.UNKNOWN;

        Member(CongestionControl own) {
            this.own = own;
        }

        @Override
        public long inFlightLimitBytes() {
            long limitBytes = limitBytes();
            if (limitBytes == Long.MAX_VALUE || members.size() < 2) {
                return own.inFlightLimitBytes();
            }
            double gain = kind == Kind.PATHS ? PROBING_GAIN : 1;
            return (long) Math.min(gain * own.inFlightLimitBytes(), limitBytes / members.size());
        }

        @Override
        public boolean countsSilence() {
            return own.countsSilence();
        }

        @Override
        public void onSilence(long missedNanos) {
            own.onSilence(missedNanos);
        }

        @Override
        public long sendsAtNanos() {
            // Sockets of one path share its rate, which none of them shows.
            return kind == Kind.SOCKETS && members.size() > 1 ? Long.MIN_VALUE : own.sendsAtNanos();
        }

        @Override
        public void onLateTurn(long lateNanos) {
            own.onLateTurn(lateNanos);
        }

        @Override
        public boolean hasSeenLimit() {
            return own.hasSeenLimit();
        }

        @Override
        public void onSent(int payloadBytes, long nowInFlightBytes, long nowNanos) {
            inFlightBytes = nowInFlightBytes;
            own.onSent(payloadBytes, nowInFlightBytes, nowNanos);
        }

        @Override
        public void onResolved(long nowInFlightBytes) {
            inFlightBytes = nowInFlightBytes;
            own.onResolved(nowInFlightBytes);
        }

        @Override
        public void onDelivered(int payloadBytes, long nowInFlightBytes, long nowNanos) {
            own.onDelivered(payloadBytes, nowInFlightBytes, nowNanos);
            asOne.onDelivered(payloadBytes, sum.inFlightBytes(), nowNanos);
            update(nowNanos);
        }

        @Override
        public void onEstimate(PathEstimate estimate, long nowNanos) {
            own.onEstimate(estimate, nowNanos);
            rate = estimate.deliveryRateBytesPerSecond();
            minRttNanos = estimate.minRttNanos();
            roundTrips = estimate.roundTrips();
            sum.newest = estimate;
            asOne.onEstimate(sum, nowNanos);
            sum.newest = null;
        }

        @Override
        public void onStall(long nowNanos) {
            own.onStall(nowNanos);
        }

        @Override
        public void onRestart() {
            own.onRestart();
        }

        @Override
        public void onOutage(long nowNanos) {
            own.onOutage(nowNanos);
        }

        @Override
        public void onTransport(TransportStats stats, long nowInFlightBytes, long nowNanos) {
            own.onTransport(stats, nowInFlightBytes, nowNanos);
            if (lostPackets != TransportStats.UNKNOWN && stats.lostPackets() > lostPackets) {
                window.onLoss(usedBytes(), stats.smoothedRttNanos(), nowNanos);
                update(nowNanos);
                shares = 1;
            }
            lostPackets = stats.lostPackets();
        }

        /**
         * Of the window; a transport that makes up for a loss has taken less for a moment. Who had s shares beside one other connection, s of s + 1,
         * is to have the half.
         */
        private long usedBytes() {
            double part = (shares + 1) / (2.0 * shares);
            return (long) Math.min(windowBytes, part * RECOVERY_GAIN * sum.inFlightBytes());
        }

        @Override
        public void onClosed() {
            members.remove(this);
            own.onClosed();
        }
    }

    /** All members, as if they were one. */
    private final class Sum implements PathEstimate {

        private PathEstimate newest;

        @Override
        public double deliveryRateBytesPerSecond() {
            double rate = 0;
            for (int i = 0; i < members.size(); i++) {
                rate += members.get(i).rate;
            }
            return rate;
        }

        @Override
        public long minRttNanos() {
            long minNanos = Long.MAX_VALUE;
            for (int i = 0; i < members.size(); i++) {
                minNanos = Math.min(minNanos, members.get(i).minRttNanos);
            }
            return minNanos;
        }

        @Override
        public long inFlightBytes() {
            long bytes = 0;
            for (int i = 0; i < members.size(); i++) {
                bytes += members.get(i).inFlightBytes;
            }
            return bytes;
        }

        @Override
        public long roundTrips() {
            long most = 0;
            for (int i = 0; i < members.size(); i++) {
                most = Math.max(most, members.get(i).roundTrips);
            }
            return most;
        }

        @Override
        public long newestRttNanos() {
            return newest.newestRttNanos();
        }

        @Override
        public boolean hasQueue() {
            return newest.hasQueue();
        }

        @Override
        public boolean isLimitedByOthers() {
            return newest.isLimitedByOthers();
        }
    }
}
