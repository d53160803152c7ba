package dev.multipath.testsuite.kill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** The one thread on which all relays of a run work. It is of the JDK only, as it shall not share Netty's faults. */
final class RelayLoop {

    private record Timer(long dueAtNanos, Runnable task) {}

    private final Selector selector;
    private final Thread thread = new Thread(this::run, "kill-relays");
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>(Comparator.comparingLong(Timer::dueAtNanos));
    private volatile boolean stopped;

    /** What has gone wrong in a relay itself: the test is no good then. */
    private volatile Throwable failure;

    RelayLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread.setDaemon(true);
        thread.start();
    }

    /** Any thread. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** On the loop. */
    void schedule(long millis, Runnable task) {
        timers.add(new Timer(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis), task));
    }

    /** On the loop. */
    SelectionKey register(SelectableChannel channel, int interest, Runnable whenReady) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, interest, whenReady);
    }

    Throwable failure() {
        return failure;
    }

    private void run() {
        try {
            while (!stopped) {
                runOnce();
            }
            selector.close();
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
        }
    }

    private void runOnce() throws IOException {
        Timer next = timers.peek();
        if (next == null) {
            selector.select();
        } else {
            long waitMillis = TimeUnit.NANOSECONDS.toMillis(next.dueAtNanos() - System.nanoTime());
            if (waitMillis > 0) {
                selector.select(waitMillis);
            } else {
                selector.selectNow();
            }
        }
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            guard(task);
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (key.isValid()) {
                guard((Runnable) key.attachment());
            }
        }
        selector.selectedKeys().clear();
        long nowNanos = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().dueAtNanos() - nowNanos <= 0) {
            guard(timers.poll().task());
        }
    }

    private void guard(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    void stop() throws InterruptedException {
        stopped = true;
        selector.wakeup();
        thread.join();
    }
}
