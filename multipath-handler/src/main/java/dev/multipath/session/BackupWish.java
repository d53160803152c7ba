package dev.multipath.session;

/** Which ends want a subflow to be a backup: what was said of it while it lives, beside its {@link SubflowTerms}. */
final class BackupWish {

    private static final long NONE_YET = -1;

    private boolean here;
    private boolean peer;
    private long peerSequence = NONE_YET;

    boolean isHere() {
        return here;
    }

    boolean isPeer() {
        return peer;
    }

    void here(boolean backup) {
        here = backup;
    }

    /** Of the newest word of the peer on this subflow's status. */
    long peerSequence() {
        return peerSequence;
    }

    void peer(long sequence, boolean backup) {
        peerSequence = sequence;
        peer = backup;
    }
}
