package dev.multipath.session;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The subflows of a session, by what may be done with them. */
final class SubflowSet {

    /** Those that have not shown yet that they belong to the session. */
    private final List<Subflow> joining = new ArrayList<>();

    /** Those that belong to it and have not failed. */
    private final List<Subflow> members = new ArrayList<>();

    /** The members that are not stale. */
    private final List<Subflow> active = new ArrayList<>();

    /** The active ones that new data may go over: without the backups, unless there is nothing else. */
    private final List<Subflow> candidates = new ArrayList<>();

    /** The active ones that have to deliver copies first of what the candidates carry. */
    private final List<Subflow> onProbation = new ArrayList<>();

    private final List<Subflow> joiningView = Collections.unmodifiableList(joining);
    private final List<Subflow> membersView = Collections.unmodifiableList(members);
    private final List<Subflow> activeView = Collections.unmodifiableList(active);
    private final List<Subflow> candidatesView = Collections.unmodifiableList(candidates);
    private final List<Subflow> onProbationView = Collections.unmodifiableList(onProbation);

    List<Subflow> joining() {
        return joiningView;
    }

    List<Subflow> members() {
        return membersView;
    }

    List<Subflow> active() {
        return activeView;
    }

    List<Subflow> candidates() {
        return candidatesView;
    }

    List<Subflow> onProbation() {
        return onProbationView;
    }

    void addJoining(Subflow subflow) {
        joining.add(subflow);
    }

    void activate(Subflow subflow) {
        joining.remove(subflow);
        if (!members.contains(subflow)) {
            members.add(subflow);
        }
        active.add(subflow);
        subflow.state(SubflowState.ACTIVE);
        update();
    }

    void onStale(Subflow subflow) {
        active.remove(subflow);
        subflow.state(SubflowState.STALE);
        update();
    }

    /** Whether it was one of them. */
    boolean remove(Subflow subflow) {
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

    /** A subflow has become a backup or is none any more, is on probation or is it no more. */
    void update() {
        candidates.clear();
        onProbation.clear();
        addCandidates(false);
        if (candidates.isEmpty()) {
            addCandidates(true);
        }
        if (candidates.isEmpty()) {
            candidates.addAll(active);
            return;
        }
        for (Subflow subflow : active) {
            if (!subflow.isTrusted() && !subflow.isBackup()) {
                onProbation.add(subflow);
            }
        }
    }

    private void addCandidates(boolean backup) {
        for (Subflow subflow : active) {
            if (subflow.isTrusted() && subflow.isBackup() == backup) {
                candidates.add(subflow);
            }
        }
    }

    /** In the extended profile: an acknowledgement that went over a subflow that no longer delivers goes over all. */
    void acknowledgeEverywhere(long nowNanos) {
        members.forEach(subflow -> subflow.acks().request(nowNanos));
    }

    /** The active one that answers soonest and can be written to, or null. */
    Subflow nearest() {
        Subflow nearest = null;
        for (int i = 0; i < active.size(); i++) {
            Subflow subflow = active.get(i);
            if (subflow.isWritable() && (nearest == null || subflow.smoothedRttNanos() < nearest.smoothedRttNanos())) {
                nearest = subflow;
            }
        }
        return nearest;
    }

    /** The one of that path id, or null: who has not proved yet that it is his does not count. */
    Subflow member(long pathId) {
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
