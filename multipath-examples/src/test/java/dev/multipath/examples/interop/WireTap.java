package dev.multipath.examples.interop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A transparent TCP relay between the two ends of one session, one listener per path, that reads along: it knows every
 * frame number that was sent, where it was delivered and whether it was acknowledged. It can reset and refuse a path,
 * hold its bytes back, and put control frames between the frames. Thread safe.
 */
final class WireTap implements AutoCloseable {

    /** Wires are bits of a long; no case opens nearly as many. */
    private static final int MAX_WIRES = Long.SIZE - 1;

    private static final byte[] NOTHING = {};
    /** {@code 00 02} to {@code 00 09}: the control numbers that the base profile leaves free. */
    private static final byte[] FREE_CONTROLS = {0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0, 9};
    /** Without {@code 00 02}, by which our end would take its peer for one of the extended profile. */
    private static final byte[] FREE_CONTROLS_FOR_US = Arrays.copyOfRange(FREE_CONTROLS, 2, FREE_CONTROLS.length);

    private enum PathState {
        OPEN,
        /** Nothing passes and nothing is refused. */
        BLACKHOLED,
        /** All that comes is taken and lost. */
        LOSING,
        /** What was open is reset, what comes is reset. */
        KILLED
    }

    /** A pause of a sender; well under the 100 ms that the Go peer sleeps when 500 frames are not acknowledged. */
    static final int PAUSE_MILLIS = 30;

    private record Trigger(End sender, long bytes, Runnable action) {}

    private final Object lock = new Object();
    private final List<ServerSocket> listeners = new ArrayList<>();
    private final List<InetSocketAddress> targets;
    /** Guarded by the lock. */
    private final PathState[] paths;

    private final List<Wire> wires = new CopyOnWriteArrayList<>();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private final List<IOException> failures = new CopyOnWriteArrayList<>();
    private final FrameLedger fromClient = new FrameLedger();
    private final FrameLedger fromServer = new FrameLedger();
    private final Map<End, Long> wiresHeardFrom = new EnumMap<>(End.class);
    private long liveWires;
    private long injections;
    /** Which end takes all free controls; null while there are none. */
    private volatile End injectedEnd;

    private volatile Trigger trigger;
    private volatile End watched;
    private volatile boolean closed;

    /** Listens on a loopback port for each of the server's addresses. */
    WireTap(final List<InetSocketAddress> targets) throws IOException {
        this.targets = List.copyOf(targets);
        this.paths = new PathState[targets.size()];
        for (final End end : End.values()) {
            wiresHeardFrom.put(end, 0L);
        }
        for (int path = 0; path < paths.length; path++) {
            paths[path] = PathState.OPEN;
            listeners.add(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        }
        for (int path = 0; path < paths.length; path++) {
            final int index = path;
            run("tap-accept-" + path, () -> accept(index));
        }
    }

    /** What the client is to connect to, one address for each path. */
    List<InetSocketAddress> addresses() {
        return listeners.stream()
                .map(listener -> (InetSocketAddress) listener.getLocalSocketAddress())
                .toList();
    }

    /**
     * Puts free control frames after the preface and after every frame from now on, in both directions.
     *
     * @param goEnd which end gets all of them; the other is spared {@code 00 02}
     */
    void injectFreeControls(final End goEnd) {
        injectedEnd = goEnd;
    }

    /**
     * Runs {@code action} once, on a thread of the tap, when so many of the sender's bytes have been delivered and there
     * are at least two paths, so that one can be spared.
     */
    void whenSparable(final End sender, final long deliveredBytes, final Runnable action) {
        trigger = new Trigger(sender, deliveredBytes, action);
    }

    /** Resets the path's connections, and those that come, until {@link #restore}. */
    void kill(final int path) {
        setState(path, PathState.KILLED);
        for (int number = 0; number < wires.size(); number++) {
            if (wires.get(number).path() == path) {
                ended(number);
                wires.get(number).reset();
            }
        }
    }

    /** Loses all bytes of the path, both ways, and kills it as soon as {@code sender} has a pause on it. */
    void loseAndKill(final int path, final End sender) {
        watched = sender;
        setState(path, PathState.LOSING);
    }

    /** Holds back all bytes of the path, both ways, until {@link #restore}. */
    void blackhole(final int path) {
        setState(path, PathState.BLACKHOLED);
    }

    void restore(final int path) {
        setState(path, PathState.OPEN);
    }

    /** The path whose live wires have carried the most frames of the sender. */
    int busiestPath(final End sender) {
        return inspect(tap -> {
            final int[] frames = new int[paths.length];
            for (final FrameLedger.Frame frame : ledgerOf(sender).frames()) {
                for (long rest = frame.sentOn & liveWires; rest != 0; rest &= rest - 1) {
                    frames[wires.get(Long.numberOfTrailingZeros(rest)).path()]++;
                }
            }
            int busiest = 0;
            for (int path = 1; path < frames.length; path++) {
                busiest = frames[path] > frames[busiest] ? path : busiest;
            }
            return busiest;
        });
    }

    /** Gives a view on the ledgers while nothing passes. */
    <T> T inspect(final Function<WireTap, T> view) {
        synchronized (lock) {
            return view.apply(this);
        }
    }

    /** What this end has sent. Only inside {@link #inspect}. */
    FrameLedger ledgerOf(final End sender) {
        return sender == End.CLIENT ? fromClient : fromServer;
    }

    /** The open wires of open paths on which {@code end} has sent a frame, as bits. Only inside {@link #inspect}. */
    long liveWiresOf(final End end) {
        long live = liveWires & wiresHeardFrom.get(end);
        for (int number = 0; number < wires.size(); number++) {
            if (paths[wires.get(number).path()] != PathState.OPEN) {
                live &= ~(1L << number);
            }
        }
        return live;
    }

    /** How many paths are killed. */
    long killedPaths() {
        return inspect(tap ->
                Arrays.stream(paths).filter(state -> state == PathState.KILLED).count());
    }

    /** How many gaps between frames were filled with control frames. */
    long injections() {
        return inspect(tap -> injections);
    }

    /** Looks at what the ends have not read. Often, as long as there is no news; {@link #leavesUnread} needs that. */
    void noteUnread() {
        final ReceiveQueues queues = ReceiveQueues.now();
        wires.forEach(wire -> wire.noteUnread(queues, System.nanoTime()));
    }

    void forgetUnread() {
        wires.forEach(Wire::forgetUnread);
    }

    /** Whether {@code receiver} has left what was for it on a live wire for so long, before its socket or in it. */
    boolean leavesUnread(final End receiver, final long nanos) {
        return inspect(tap -> {
            final long nowNanos = System.nanoTime();
            for (int number = 0; number < wires.size(); number++) {
                final Wire wire = wires.get(number);
                final long beganNanos = Math.min(wire.writeBeganNanos(receiver), wire.unreadSinceNanos(receiver));
                if ((liveWires >>> number & 1) == 1 && beganNanos != Long.MAX_VALUE && nowNanos - beganNanos > nanos) {
                    return true;
                }
            }
            return false;
        });
    }

    /** Grows with every frame that is sent, delivered or acknowledged for the first time. */
    long news() {
        return inspect(tap -> fromClient.news() + fromServer.news());
    }

    /** What went wrong in the relay itself, not at its ends: empty, unless the machine has no sockets left. */
    List<IOException> failures() {
        return failures;
    }

    @Override
    public void close() {
        closed = true;
        for (final ServerSocket listener : listeners) {
            try {
                listener.close();
            } catch (final IOException e) {
                report(e);
            }
        }
        for (final Wire wire : wires) {
            wire.reset();
        }
        for (final Thread thread : threads) {
            thread.interrupt();
        }
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    void run(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    void record(final Runnable entry) {
        synchronized (lock) {
            entry.run();
        }
    }

    void heard(final End sender, final int wire) {
        wiresHeardFrom.merge(sender, 1L << wire, (before, bit) -> before | bit);
    }

    void ended(final int wire) {
        synchronized (lock) {
            liveWires &= ~(1L << wire);
        }
    }

    byte[] injection(final End sender) {
        final End goEnd = injectedEnd;
        if (goEnd == null) {
            return NOTHING;
        }
        return sender == goEnd ? FREE_CONTROLS_FOR_US : FREE_CONTROLS;
    }

    void countInjections(final int gaps) {
        synchronized (lock) {
            injections += gaps;
        }
    }

    void afterDelivery(final End sender) {
        final Trigger waiting = trigger;
        if (waiting == null || waiting.sender != sender) {
            return;
        }
        synchronized (lock) {
            final long usable = liveWiresOf(End.CLIENT) & liveWiresOf(End.SERVER);
            if (trigger != waiting || ledgerOf(sender).deliveredBytes() < waiting.bytes || Long.bitCount(usable) < 2) {
                return;
            }
            trigger = null;
        }
        waiting.action.run();
    }

    /** Waits while the path is blackholed; whether the bytes are to be passed on then, or to be lost. */
    boolean awaitPassage(final int path) throws InterruptedException {
        synchronized (lock) {
            while (paths[path] == PathState.BLACKHOLED && !closed) {
                lock.wait();
            }
            return paths[path] != PathState.LOSING;
        }
    }

    /** Nothing has come from the sender for {@link #PAUSE_MILLIS}. */
    void paused(final int path, final End sender) {
        final boolean kill;
        synchronized (lock) {
            kill = paths[path] == PathState.LOSING && sender == watched;
        }
        if (kill) {
            kill(path);
        }
    }

    void report(final IOException e) {
        if (!closed) {
            failures.add(e);
        }
    }

    private void setState(final int path, final PathState state) {
        synchronized (lock) {
            paths[path] = state;
            lock.notifyAll();
        }
    }

    private void accept(final int path) {
        while (!closed) {
            try {
                relay(path, listeners.get(path).accept());
            } catch (final IOException e) {
                report(e);
                if (listeners.get(path).isClosed()) {
                    return;
                }
            }
        }
    }

    private void relay(final int path, final Socket toClient) throws IOException {
        final Socket toServer = new Socket();
        final Wire wire;
        synchronized (lock) {
            if (paths[path] == PathState.KILLED || wires.size() == MAX_WIRES || closed) {
                toClient.setSoLinger(true, 0);
                toClient.close();
                return;
            }
            wire = new Wire(this, wires.size(), path, toClient, toServer);
            liveWires |= 1L << wires.size();
            wires.add(wire);
        }
        toClient.setTcpNoDelay(true);
        toServer.setTcpNoDelay(true);
        try {
            toServer.connect(targets.get(path));
        } catch (final IOException e) {
            // No server there (any more), or the path was killed meanwhile: the client sees a reset.
            ended(wires.indexOf(wire));
            wire.reset();
            return;
        }
        wire.start();
    }
}
