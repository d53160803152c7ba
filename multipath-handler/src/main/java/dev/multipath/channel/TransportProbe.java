package dev.multipath.channel;

import dev.multipath.metrics.TransportStats;
import dev.multipath.path.OwnerLoop;
import dev.multipath.session.Subflow;
import dev.multipath.transport.SubflowConnection;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/**
 * Asks the transport below a subflow, now and then, what it knows, for the session's congestion control and the path's statistics.
 * Only while the session has something to do: what rests has nothing new to tell.
 */
final class TransportProbe {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(TransportProbe.class);

    /** For people, while there is not {@link #BULK_BYTES} in flight or waiting: with many sessions that say little it would be a call for each few. */
    static final long SLOW_INTERVAL_NANOS = 1_000_000_000;

    /** So much may be in flight on any path ({@code BandwidthDelayControl.MIN_BYTES}): below, what the transport knows limits nothing. */
    private static final long BULK_BYTES = 8 << 10;

    /** Whose transport it is. */
    interface Listener {
        /** Runs something on the session's loop: at once if the caller is on it. */
        void inSessionLoop(Runnable task);

        /**
         * What the transport knows, on that loop; not called if it knows nothing. Returns whether it should begin anew with its congestion
         * control.
         */
        boolean onTransport(TransportStats stats, long nowNanos);
    }

    private final SubflowConnection connection;
    private final Listener listener;
    private long askedAtNanos = -SLOW_INTERVAL_NANOS;
    private boolean underWay;

    /** Of one subflow. */
    TransportProbe(SubflowConnection connection, Listener listener) {
        this.connection = connection;
        this.listener = listener;
    }

    /**
     * In a turn of the session's, on its loop, before it transmits: what the scheduler needs to know is how things are when
     * something begins.
     *
     * @param unacknowledgedBytes the session has on the way or waiting
     */
    void ask(long unacknowledgedBytes, long nowNanos) {
        long intervalNanos = unacknowledgedBytes >= BULK_BYTES ? Subflow.TRANSPORT_INTERVAL_NANOS : SLOW_INTERVAL_NANOS;
        if (nowNanos - askedAtNanos >= intervalNanos) {
            askNow(nowNanos);
        }
    }

    /** Unless it is asked already. The answer comes before this returns if session and subflow share a loop. */
    void askNow(long nowNanos) {
        if (underWay) {
            return;
        }
        askedAtNanos = nowNanos;
        underWay = true;
        OwnerLoop.run(connection.channel().eventLoop(), () -> {
            TransportStats stats = stats();
            listener.inSessionLoop(() -> onAnswer(stats));
        });
    }

    /** The transport may be the application's; that it cannot say anything is no reason to end a session. */
    private TransportStats stats() {
        try {
            return connection.stats();
        } catch (RuntimeException e) {
            LOGGER.debug("{} could not be asked", connection.channel(), e);
            return TransportStats.NONE;
        }
    }

    private void onAnswer(TransportStats stats) {
        underWay = false;
        if (!stats.equals(TransportStats.NONE) && listener.onTransport(stats, SessionClock.nowNanos())) {
            OwnerLoop.run(connection.channel().eventLoop(), this::restart, ended -> {});
        }
    }

    private void restart() {
        try {
            LOGGER.debug("{} crawls on a path that has mended, it seems", connection.channel());
            connection.restartCongestionControl();
        } catch (RuntimeException e) {
            LOGGER.debug("{} goes on as before", connection.channel(), e);
        }
    }
}
