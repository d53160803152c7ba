package dev.multipath.session;

import dev.multipath.session.SentFrame.Transmission;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The subflows of a session, by what may be done with them. */
final class SubflowSet {

    /** A list that is made for ten, as by default, costs an idle session as much as a subflow's round-trip estimate. */
    private static final int USUAL = 2;

    /** Those that have not shown yet that they belong to the session. */
    private final List<SubflowControl> joining = new ArrayList<>(0);

    /** Those that belong to it and have not failed. */
    private final List<SubflowControl> members = new ArrayList<>(USUAL);

    /** The members that are not stale. */
    private final List<SubflowControl> active = new ArrayList<>(USUAL);

    /**
     * The active ones that new data may go over: without the backups, unless no other is in time. The late ones among them take
     * nothing, unless all are late; but they may be worth waiting for.
     */
    private final List<SubflowControl> candidates = new ArrayList<>(USUAL);

    /** The active ones that have to deliver copies first of what the candidates carry. */
    private final List<SubflowControl> onProbation = new ArrayList<>(0);

    private int changes;

    /** Schedulers see this one, and may be the application's. */
    private final List<SubflowControl> candidatesView = Collections.unmodifiableList(candidates);

    // ---- the lists themselves, as they are looked at several times a turn: nobody changes them but this class

    List<SubflowControl> joining() {
        return joining;
    }

    List<SubflowControl> members() {
        return members;
    }

    List<SubflowControl> active() {
        return active;
    }

    List<SubflowControl> candidates() {
        return candidatesView;
    }

    List<SubflowControl> onProbation() {
        return onProbation;
    }

    /** Grows whenever one of these lists, or what is in them, may have changed. */
    int changes() {
        return changes;
    }

    boolean isMember(SubflowControl subflow) {
        return members.contains(subflow);
    }

    void addJoining(SubflowControl subflow) {
        joining.add(subflow);
    }

    void activate(SubflowControl subflow) {
        joining.remove(subflow);
        if (!members.contains(subflow)) {
            members.add(subflow);
        }
        active.add(subflow);
        subflow.state(SubflowState.ACTIVE);
        update();
    }

    void onStale(SubflowControl subflow) {
        active.remove(subflow);
        subflow.state(SubflowState.STALE);
        subflow.timing().takeLate();
        update();
    }

    /** Whether it was one of them. */
    boolean remove(SubflowControl subflow) {
        boolean removed = joining.remove(subflow) | members.remove(subflow);
        active.remove(subflow);
        subflow.state(SubflowState.CLOSED);
        update();
        return removed;
    }

    void clear() {
        joining.forEach(subflow -> subflow.state(SubflowState.CLOSED));
        members.forEach(subflow -> subflow.state(SubflowState.CLOSED));
        joining.clear();
        members.clear();
        active.clear();
        candidates.clear();
        onProbation.clear();
    }

    /** A subflow has become a backup or is none any more, is on probation or is it no more, is late or is it no more. */
    void update() {
        changes++;
        candidates.clear();
        onProbation.clear();
        addCandidates(false);
        if (!isAnyInTime(false) && (candidates.isEmpty() || isAnyInTime(true))) {
            addCandidates(true);
        }
        boolean anyInTime = isAnyInTime(false) || isAnyInTime(true);
        boolean anyTrusted = !candidates.isEmpty();
        active.forEach(subflow -> subflow.besideOthers(anyInTime && subflow.isLate(), !anyTrusted));
        if (candidates.isEmpty()) {
            candidates.addAll(active);
            return;
        }
        for (SubflowControl subflow : active) {
            if (!subflow.isTrusted() && !subflow.isBackup()) {
                onProbation.add(subflow);
            }
        }
    }

    private void addCandidates(boolean backup) {
        for (SubflowControl subflow : active) {
            if (subflow.isTrusted() && subflow.isBackup() == backup) {
                candidates.add(subflow);
            }
        }
    }

    private boolean isAnyInTime(boolean backup) {
        for (SubflowControl subflow : active) {
            if (subflow.isTrusted() && subflow.isBackup() == backup && !subflow.isLate()) {
                return true;
            }
        }
        return false;
    }

    /** In the extended profile: an acknowledgement that went over a subflow that no longer delivers goes over all. */
    void acknowledgeEverywhere(long nowNanos) {
        members.forEach(subflow -> subflow.acks().request(nowNanos));
    }

    /** Whether something has come that the peer was not told of. */
    boolean owesAck() {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).acks().hasNews()) {
                return true;
            }
        }
        return false;
    }

    /** One has told the peer of all that has come: what the others still have to say of it has time. */
    void onAcknowledged(SubflowControl teller, long nowNanos) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i) != teller) {
                members.get(i).acks().onToldElsewhere(nowNanos);
            }
        }
    }

    /** The peer has told on another subflow that this copy has arrived, or a later one of its frame. */
    void onTold(Transmission copy, long nowNanos) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i) == copy.carrier) {
                members.get(i).flight().onTold(copy, nowNanos);
            }
        }
    }

    /** Whether data is on its way. */
    boolean carriesData() {
        for (int i = 0; i < active.size(); i++) {
            if (!active.get(i).isIdle()) {
                return true;
            }
        }
        return false;
    }

    /** The active one that answers soonest and can be written to, or null. */
    SubflowControl nearest() {
        SubflowControl nearest = null;
        for (int i = 0; i < active.size(); i++) {
            SubflowControl subflow = active.get(i);
            if (subflow.isWritable() && (nearest == null || subflow.smoothedRttNanos() < nearest.smoothedRttNanos())) {
                nearest = subflow;
            }
        }
        return nearest;
    }

    /** The active one that is that carrier, or null. */
    SubflowControl active(Carrier carrier) {
        for (int i = 0; i < active.size(); i++) {
            if (active.get(i) == carrier) {
                return active.get(i);
            }
        }
        return null;
    }

    /** The one of that path id, or null: who has not proved yet that it is his does not count. */
    SubflowControl member(long pathId) {
        for (int i = 0; i < members.size(); i++) {
            if (members.get(i).pathId() == pathId) {
                return members.get(i);
            }
        }
        return null;
    }

    /** Of those that it is known of; zero if of none. */
    long slowestRttNanos() {
        long slowest = 0;
        for (int i = 0; i < active.size(); i++) {
            long rttNanos = active.get(i).smoothedRttNanos();
            slowest = rttNanos == RttEstimator.UNKNOWN ? slowest : Math.max(slowest, rttNanos);
        }
        return slowest;
    }
}
