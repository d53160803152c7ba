package dev.multipath.channel;

/**
 * How far a multipath channel has come: the states of the channel that Netty sees and of the session beneath, which are one.
 * Changed on the event loop by {@link ChannelEnd} and the channel, read from any thread.
 */
final class ChannelLife {

    enum State {
        /** Made, not connected. */
        OPEN,
        /** Dialling; a client's only. */
        CONNECTING,
        /** In use. */
        ACTIVE,
        /** Nothing more will come. What was received in order is still to be read. */
        ENDED,
        /** Closed by the application: waits for the peer's acknowledgements. */
        DRAINING,
        /** Closed when nothing more would come: there is nothing to wait for. */
        LEAVING,
        /** Closed since its event loop ends: nothing is waited for, and what the application has not ended is cut. */
        STOPPING,
        CLOSED;

        boolean canBecome(State next) {
            return next == CLOSED
                    ? this != CLOSED
                    : switch (this) {
                        case OPEN -> next == CONNECTING;
                        case CONNECTING -> next == ACTIVE;
                        case ACTIVE -> next == ENDED || next == DRAINING || next == STOPPING;
                        case ENDED -> next == LEAVING;
                        case DRAINING, LEAVING, STOPPING, CLOSED -> false;
                    };
        }
    }

    private volatile State state;

    /** A client's channel is made open, one of an accepted session active. */
    ChannelLife(State first) {
        state = first;
    }

    State state() {
        return state;
    }

    void become(State next) {
        if (!state.canBecome(next)) {
            throw new IllegalStateException(state + " cannot become " + next);
        }
        state = next;
    }

    /** Whether Netty calls the channel open. */
    boolean isOpen() {
        return state != State.CLOSED;
    }

    /** Whether Netty calls the channel active: it is used, or has something to be read. */
    boolean isActive() {
        State now = state;
        return now == State.ACTIVE || now == State.ENDED;
    }

    /** Whether a client's channel has no session yet. */
    boolean isBeforeSession() {
        State now = state;
        return now == State.OPEN || now == State.CONNECTING;
    }

    /** Whether it was closed, and is still open: something is waited for, or is being done. */
    boolean isClosing() {
        return switch (state) {
            case DRAINING, LEAVING, STOPPING -> true;
            case OPEN, CONNECTING, ACTIVE, ENDED, CLOSED -> false;
        };
    }
}
