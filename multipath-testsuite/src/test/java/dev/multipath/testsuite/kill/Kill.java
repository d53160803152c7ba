package dev.multipath.testsuite.kill;

/**
 * Something that happens to a path.
 *
 * @param path the number of the path
 * @param kind what
 * @param trigger when
 * @param millis how long, for kinds that last; {@link #FOR_EVER}
 */
record Kill(int path, Kind kind, Trigger trigger, long millis) {

    static final long FOR_EVER = -1;

    enum Kind {
        /** Both ends see a reset. */
        RESET_BOTH,
        /** The client sees a reset, the server nothing at all any more. */
        RESET_CLIENT,
        RESET_SERVER,
        /** Both ends see an orderly end that nobody meant. */
        FIN_BOTH,
        FIN_TO_CLIENT,
        FIN_TO_SERVER,
        /** Nothing passes from client to server, and what comes later waits. */
        HOLD_UP,
        HOLD_DOWN,
        HOLD_BOTH,
        /** Nothing passes for a while, and then it breaks; what was held is lost. */
        HOLD_THEN_RESET,
        HOLD_THEN_FIN,
        /** Nothing passes for a moment. */
        PAUSE,
        /** Bytes pass one by one. */
        DRIBBLE,
        /** All connections of the path are reset, and new ones too for a while. */
        REFUSE,
        /** Nothing passes over any connection of the path, new ones too, for a while. */
        SILENCE;

        /** Whether a path goes on as if nothing had happened but time. */
        boolean isHarmless() {
            return this == PAUSE || this == DRIBBLE;
        }

        /** Whether it concerns connections that are yet to come, too. */
        boolean isOfPath() {
            return this == REFUSE || this == SILENCE;
        }
    }

    enum Phase {
        /** The client's connect has succeeded. */
        CONNECTED,
        /** A session is without subflows. */
        SUSPENDED,
        /** The first end has ended its output. */
        OUTPUT_ENDED,
        /** The first end has seen the other's. */
        INPUT_ENDED,
        /** The first end has called {@code close()}. */
        CLOSING
    }

    sealed interface Trigger {}

    /** When so many bytes have passed that way over that connection of the path. */
    record AtByte(int connection, Direction direction, long bytes) implements Trigger {}

    /** So long after the session has begun to connect. */
    record AtMillis(long millis) implements Trigger {}

    /** So long after an end has come so far. */
    record AtPhase(Phase phase, long millis) implements Trigger {}

    boolean isForEver() {
        return millis == FOR_EVER;
    }
}
