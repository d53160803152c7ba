package dev.multipath.session;

import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.PathAttributes;

/**
 * Keeps to what this end wants of the paths: how fast and how much it sends on each, and which is a backup. The peer is told of
 * backups, which a path is too once its quota is used up: so the peer does not use up more of it while it has another.
 */
final class PathTerms {

    private final SubflowSet subflows;
    private final Announcements announcements;
    private final SocketGroups socketGroups;

    PathTerms(SubflowSet subflows, Announcements announcements, SocketGroups socketGroups) {
        this.socketGroups = socketGroups;
        this.subflows = subflows;
        this.announcements = announcements;
    }

    /** What is wanted of the path of a subflow; also of one that has not joined yet. */
    void set(SubflowControl subflow, String label, PathAttributes attributes, PathLimits limits) {
        subflow.terms().label = label;
        subflow.terms().attributes = attributes;
        subflow.terms().limits = limits;
        if (attributes.sockets() > 1 && subflow.terms().sockets == null) {
            subflow.terms().sockets = limits.sockets();
            subflow.couple(limits.sockets());
            socketGroups.tell(subflow);
        }
        limits.set(attributes.maxBytesPerSecond(), attributes.quotaBytes());
        subflows.update();
    }

    /** Time has passed, and bytes may have come and gone. */
    void update(long nowNanos) {
        boolean changed = false;
        for (int i = 0; i < subflows.members().size(); i++) {
            SubflowControl subflow = subflows.members().get(i);
            subflow.terms().limits.refill(nowNanos);
            changed |= tell(subflow);
        }
        if (changed) {
            subflows.update();
        }
    }

    private boolean tell(SubflowControl subflow) {
        boolean backup = subflow.terms().isBackup();
        if (backup == subflow.terms().backupTold) {
            return false;
        }
        subflow.terms().backupTold = backup;
        // A peer of the base profile is told nothing of what is announced.
        announcements.backup(subflow, subflow.isBackupHere());
        return true;
    }
}
