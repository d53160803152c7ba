package dev.multipath.examples.interop;

/** The two ends of a session, as TCP sees them. */
enum End {
    CLIENT,
    SERVER;

    End other() {
        return this == CLIENT ? SERVER : CLIENT;
    }
}
