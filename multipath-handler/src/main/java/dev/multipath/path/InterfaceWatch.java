package dev.multipath.path;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Ticker;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Tells when this host's interfaces or their addresses have changed. The JDK only lets one ask, which takes system calls; so
 * one task asks for all, on a thread of its own, and only while somebody waits for an answer. Thread-safe.
 */
final class InterfaceWatch {

    /** The process's own. */
    static final InterfaceWatch SHARED =
            new InterfaceWatch(GlobalEventExecutor.INSTANCE, InterfaceWatch::addressesOfThisHost);

    /** Who waits is to go on half a second after his interface has come. */
    static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    /** On a host with thousands of interfaces asking takes long: it may take this part of a processor at the most. */
    private static final long COST_PART = 50;

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(InterfaceWatch.class);

    /** Somebody who waits. */
    interface Registration {
        /** Waits no more. Any thread. */
        void cancel();
    }

    private final EventExecutor executor;
    private final Ticker ticker;
    private final Callable<Set<String>> addresses;

    // Guarded by this.
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean looking;
    private Set<String> known;

    /**
     * Creates one that rests.
     *
     * @param executor may be blocked for a while
     * @param addresses what is there; two that are equal mean that nothing has changed
     */
    InterfaceWatch(EventExecutor executor, Callable<Set<String>> addresses) {
        this.executor = executor;
        this.ticker = Tickers.of(executor);
        this.addresses = addresses;
    }

    /** Calls back after each change from now on, on the executor's thread. */
    synchronized Registration watch(Runnable onChange) {
        Runnable own = onChange::run;
        waiting.add(own);
        if (!looking) {
            looking = true;
            known = null;
            executor.execute(this::look);
        }
        return () -> cancel(own);
    }

    private synchronized void cancel(Runnable own) {
        waiting.remove(own);
    }

    private void look() {
        long startNanos = ticker.nanoTime();
        Set<String> present;
        try {
            present = addresses.call();
        } catch (Exception e) {
            LOGGER.debug("this host's interfaces cannot be told", e);
            present = null;
        }
        long costNanos = ticker.nanoTime() - startNanos;
        told(present, costNanos).forEach(Runnable::run);
    }

    private synchronized List<Runnable> told(Set<String> present, long costNanos) {
        boolean changed = known != null && present != null && !present.equals(known);
        known = present == null ? known : present;
        looking = !waiting.isEmpty();
        if (!looking) {
            return List.of();
        }
        executor.schedule(this::look, Math.max(INTERVAL_NANOS, COST_PART * costNanos), TimeUnit.NANOSECONDS);
        return changed ? List.copyOf(waiting) : List.of();
    }

    private static Set<String> addressesOfThisHost() throws SocketException {
        Set<String> all = new HashSet<>();
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp()) {
                each.inetAddresses().forEach(address -> all.add(each.getName() + ' ' + address.getHostAddress()));
            }
        }
        return all;
    }
}
