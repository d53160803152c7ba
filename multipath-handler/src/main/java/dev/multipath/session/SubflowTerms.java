package dev.multipath.session;

import dev.multipath.congestion.Coupling;
import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.PathAttributes;

/** What this end wants of the path of one subflow; the owner of the session says it. */
final class SubflowTerms {

    static final long NO_GROUP = -1;

    String label = "";
    PathAttributes attributes = PathAttributes.DEFAULT;
    PathLimits limits = new PathLimits();

    /** What it is limited by together with the other sockets of its path; null if it has none. */
    Coupling sockets;

    /** The client's number for that path. */
    long group = NO_GROUP;

    /** Whether the peer was told that these make the subflow a backup. */
    boolean backupTold;

    /** Whether they make it one: it is called so, or its quota is used up. */
    boolean isBackup() {
        return attributes.backup() || limits.isSpent();
    }
}
