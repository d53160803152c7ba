package dev.multipath.congestion;

import dev.multipath.metrics.TransportStats;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Makes the controls of one session's subflows, and couples those that share a bottleneck, and no others ({@link Coupling}). Whether two
 * share one is seen by how long their packets wait in the network: in one queue, as long at the same time. So it takes some thirteen seconds of
 * bulk, and transports that know their round trips and losses ({@code TCP_INFO}, QUIC; not NIO). Who shares one with a third shares it
 * with the other two.
 *
 * <p>Not thread-safe, as all of a session.
 */
public final class Bottlenecks implements Supplier<CongestionControl> {

    private final List<Member> members = new ArrayList<>();
    private final List<Pair> pairs = new ArrayList<>();
    private long lookedAtInterval = Long.MIN_VALUE;

    /** Of one more session. */
    public Bottlenecks() {}

    /** {@return makes the controls of sessions, for {@code MultipathChannelOption.CONGESTION_CONTROL}} */
    public static Coupling.Policy coupling() {
        return Bottlenecks::new;
    }

    /** {@return the control of one more subflow, until {@link CongestionControl#onClosed}} */
    @Override
    public CongestionControl get() {
        Member member = new Member(new BandwidthDelayControl());
        for (Member other : members) {
            pairs.add(new Pair(member, other));
        }
        members.add(member);
        return member;
    }

    /** {@return how many subflows are coupled with others now} */
    public int coupledSubflows() {
        int coupled = 0;
        for (Member member : members) {
            coupled += member.group == null ? 0 : 1;
        }
        return coupled;
    }

    /** Once an interval: what has come since the last look was not there then. */
    private void look(long nowNanos) {
        long interval = QueueDelays.interval(nowNanos);
        if (interval == lookedAtInterval) {
            return;
        }
        lookedAtInterval = interval;
        boolean changed = false;
        for (Pair pair : pairs) {
            changed |= pair.look();
        }
        if (changed) {
            regroup();
        }
    }

    private void leave(Member gone) {
        members.remove(gone);
        pairs.removeIf(pair -> pair.otherOf(gone) != null);
        gone.couple(null);
        regroup();
    }

    /** Each group is of those that lead to each other from pair to pair. */
    private void regroup() {
        List<Member> rest = new ArrayList<>(members);
        while (!rest.isEmpty()) {
            List<Member> group = new ArrayList<>(List.of(rest.remove(0)));
            for (int i = 0; i < group.size(); i++) {
                for (Pair pair : pairs) {
                    Member other = pair.isShared() ? pair.otherOf(group.get(i)) : null;
                    if (other != null && rest.remove(other)) {
                        group.add(other);
                    }
                }
            }
            couple(group);
        }
    }

    /** Who is together already stays so: what is known of their losses is not forgotten. */
    private static void couple(List<Member> group) {
        Coupling before = group.get(0).group;
        boolean isAsBefore = before != null
                && before.size() == group.size()
                && group.stream().allMatch(member -> member.group == before);
        if (group.size() == 1) {
            group.get(0).couple(null);
        } else if (!isAsBefore) {
            Coupling coupling = Coupling.ofOneSession(sharesOf(group));
            group.forEach(member -> member.couple(coupling));
        }
    }

    /** Who is in a group has one with all of it, who is alone one by himself. */
    private static int sharesOf(List<Member> group) {
        return (int) group.stream()
                .map(member -> member.group == null ? member : member.group)
                .distinct()
                .count();
    }

    /** What is thought of two of them. */
    private static final class Pair {

        private enum State {
            SEPARATE,
            SHARED;

            State other() {
                return this == SEPARATE ? SHARED : SEPARATE;
            }
        }

        /** {@code BottleneckGroupsTest} has what comes of it: of other figures, fewer were found, or more that share nothing. */
        private static final double SHARED_AGREEMENT = 0.8;

        private static final double SEPARATE_AGREEMENT = 0.4;

        /** So often in a row: by then a quarter of what was looked at first is forgotten. */
        private static final int LOOKS = QueueDelays.INTERVALS / 4;

        private final Member first;
        private final Member second;
        private State state = State.SEPARATE;
        private int doubts;

        Pair(Member first, Member second) {
            this.first = first;
            this.second = second;
        }

        boolean isShared() {
            return state == State.SHARED;
        }

        /** Null if it is neither of them. */
        Member otherOf(Member one) {
            return one == first ? second : one == second ? first : null;
        }

        /** Returns whether it has become another. */
        boolean look() {
            double agreement = first.delays.agreement(second.delays);
            boolean doubted =
                    switch (state) {
                        case SEPARATE ->
                            agreement >= SHARED_AGREEMENT && first.delays.isQueued() && second.delays.isQueued();
                        case SHARED -> agreement < SEPARATE_AGREEMENT;
                    };
            doubts = doubted ? doubts + 1 : 0;
            if (doubts < LOOKS) {
                return false;
            }
            doubts = 0;
            state = state.other();
            return true;
        }
    }

    private final class Member implements CongestionControl {

        private final CongestionControl own;
        private final QueueDelays delays = new QueueDelays();

        /** Null if it is alone. */
        private Coupling group;

        /** What is asked: its own, or as it is in the group. */
        private CongestionControl effective;

        Member(CongestionControl own) {
            this.own = own;
            effective = own;
        }

        void couple(Coupling with) {
            if (group != null) {
                group.leave(effective);
            }
            group = with;
            effective = with == null ? own : with.join(own);
        }

        @Override
        public long inFlightLimitBytes() {
            return effective.inFlightLimitBytes();
        }

        @Override
        public boolean countsSilence() {
            return effective.countsSilence();
        }

        @Override
        public void onSilence(long missedNanos) {
            effective.onSilence(missedNanos);
        }

        @Override
        public long sendsAtNanos() {
            return effective.sendsAtNanos();
        }

        @Override
        public void onLateTurn(long lateNanos) {
            effective.onLateTurn(lateNanos);
        }

        @Override
        public boolean hasSeenLimit() {
            return effective.hasSeenLimit();
        }

        @Override
        public void onSent(int payloadBytes, long inFlightBytes, long nowNanos) {
            effective.onSent(payloadBytes, inFlightBytes, nowNanos);
        }

        @Override
        public void onDelivered(int payloadBytes, long inFlightBytes, long nowNanos) {
            effective.onDelivered(payloadBytes, inFlightBytes, nowNanos);
        }

        @Override
        public void onResolved(long inFlightBytes) {
            effective.onResolved(inFlightBytes);
        }

        @Override
        public void onEstimate(PathEstimate estimate, long nowNanos) {
            effective.onEstimate(estimate, nowNanos);
        }

        @Override
        public void onRestart() {
            effective.onRestart();
        }

        @Override
        public void onStall(long nowNanos) {
            effective.onStall(nowNanos);
        }

        @Override
        public void onOutage(long nowNanos) {
            effective.onOutage(nowNanos);
        }

        @Override
        public void onTransport(TransportStats stats, long inFlightBytes, long nowNanos) {
            if (stats.smoothedRttNanos() > 0) {
                delays.add(stats.smoothedRttNanos(), nowNanos);
                look(nowNanos);
            }
            effective.onTransport(stats, inFlightBytes, nowNanos);
        }

        @Override
        public void onClosed() {
            leave(this);
            own.onClosed();
        }
    }
}
