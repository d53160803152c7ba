package dev.multipath.session;

/** One thing that happens in a {@link ModelWorld}, to a link or at an end where that matters. */
record ModelChoice(Kind kind, int link, int end) {
    enum Kind {
        NOTICE,
        JOIN,
        DELIVER,
        WRITE,
        READ,
        TIMER,
        BACKUP,
        FAIL
    }

    @Override
    public String toString() {
        return kind
                + (link >= 0 ? " link " + link : "")
                + (end < 0 ? "" : end == ModelWorld.CLIENT ? " client" : " server");
    }
}
