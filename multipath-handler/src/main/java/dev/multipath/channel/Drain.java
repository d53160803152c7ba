package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A server on its way out: tells its sessions so, those too that are opened meanwhile, waits until they and the handshakes have
 * ended, and ends what is left at a deadline. Thread-safe.
 */
final class Drain implements SessionRegistry.Leaver {

    private enum State {
        /** For sessions, and for handshakes that may become some. */
        WAITING,
        /** For sessions that were ended. */
        OVERDUE,
        DONE
    }

    private final SessionRegistry sessions;
    private final Supplier<? extends Future<?>> close;
    private final Promise<Integer> done;

    // guarded by this
    private State state = State.WAITING;
    private int cutSessions;

    private Drain(SessionRegistry sessions, Supplier<? extends Future<?>> close, Promise<Integer> done) {
        this.sessions = sessions;
        this.close = close;
        this.done = done;
    }

    /**
     * Begins.
     *
     * @param timer of the deadline
     * @param close closes the server, if it is not: nobody comes in from then on
     * @param done told how many sessions the deadline has cut, when all have ended and the server is closed
     */
    static void begin(
            SessionRegistry sessions,
            EventExecutor timer,
            Duration deadline,
            Supplier<? extends Future<?>> close,
            Promise<Integer> done) {
        Drain drain = new Drain(sessions, close, done);
        Future<?> timeout = timer.schedule(drain::onDeadline, deadline.toNanos(), TimeUnit.NANOSECONDS);
        done.addListener(f -> timeout.cancel(false));
        sessions.beginDrain(drain);
    }

    @Override
    public void onSession(AcceptedSession session) {
        if (isWaiting()) {
            session.announceGoingAway();
        } else {
            session.end(Shortage.CLOSING);
        }
    }

    private synchronized boolean isWaiting() {
        return state == State.WAITING;
    }

    @Override
    public void onLeft() {
        synchronized (this) {
            boolean handshakesCount = state == State.WAITING;
            if (state == State.DONE || sessions.size() != 0 || (handshakesCount && sessions.pendingHandshakes() != 0)) {
                return;
            }
            state = State.DONE;
        }
        close.get().addListener(closed -> done.trySuccess(cutSessions));
    }

    private void onDeadline() {
        synchronized (this) {
            if (state != State.WAITING) {
                return;
            }
            state = State.OVERDUE;
            cutSessions = sessions.size();
        }
        close.get();
        sessions.forEach(this::onSession);
        onLeft();
    }
}
