package dev.multipath.examples;

import dev.multipath.channel.MultipathServerChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** SIGTERM lets the sessions of a server finish, for a limited time; a second one ends the process as without this. */
final class DrainOnTerm {
    private static final Logger LOGGER = LoggerFactory.getLogger(DrainOnTerm.class);

    /** Of a process that SIGTERM has ended. */
    private static final int TERMINATED = 143;

    private final MultipathServerChannel server;
    private final Duration limit;
    private final boolean listening;

    /** Null before the signal. */
    private final AtomicReference<Future<Integer>> drained = new AtomicReference<>();

    /**
     * Nothing happens yet.
     *
     * @param limit how long sessions may take
     * @param listening whether it goes on to listen, for subflows of sessions that there are
     */
    DrainOnTerm(MultipathServerChannel server, Duration limit, boolean listening) {
        this.server = server;
        this.limit = limit;
        this.listening = listening;
    }

    /** Waits for the signal from now on. The future is that of the whole server: done when it is closed, drained or not. */
    CompletableFuture<Void> install() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        server.closeFuture().addListener(closed -> {
            Future<Integer> draining = drained.get();
            if (draining == null) {
                ended.complete(null);
            } else {
                draining.addListener(f -> end(ended, draining));
            }
        });
        Signals.onTerm(this::onSignal);
        return ended;
    }

    private static void end(CompletableFuture<Void> ended, Future<Integer> drained) {
        if (!drained.isSuccess()) {
            ended.completeExceptionally(drained.cause());
        } else if (drained.getNow() > 0) {
            ended.completeExceptionally(
                    new IOException("sessions that had not ended in time were cut: " + drained.getNow()));
        } else {
            ended.complete(null);
        }
    }

    private synchronized void onSignal() {
        if (drained.get() != null) {
            // Runs the hook that aborts the sessions.
            new Thread(() -> System.exit(TERMINATED), "multipath-exit").start();
            return;
        }
        LOGGER.info("going away, when {} sessions have ended", server.sessionCount());
        drained.set(server.drain(limit, path -> listening));
        ServiceManager.tell(ServiceManager.STOPPING);
    }

    boolean isDraining() {
        return drained.get() != null;
    }
}
