package dev.multipath.session;

import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.PathAttributes;

/** What this end wants of the path of one subflow; the owner of the session says it. */
final class SubflowTerms {

    String label = "";
    PathAttributes attributes = PathAttributes.DEFAULT;
    PathLimits limits = new PathLimits();

    /** Whether it is limited together with the other sockets of its path. */
    boolean coupled;

    /** Whether the peer was told that these make the subflow a backup. */
    boolean backupTold;

    /** Whether they make it one: it is called so, or its quota is used up. */
    boolean isBackup() {
        return attributes.backup() || limits.isSpent();
    }
}
