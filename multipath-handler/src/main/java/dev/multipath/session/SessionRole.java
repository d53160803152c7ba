package dev.multipath.session;

/** Which end of the session this is; it only matters for how a subflow begins. */
public enum SessionRole {
    /** Dials; sends a pong at once, by which the server times its first round trip. */
    CLIENT,
    /** Accepts; expects that pong. */
    SERVER
}
