package dev.multipath.testsuite.attack;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import dev.multipath.channel.MemoryBudget;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.LoggerFactory;

/** How a child process is: its memory, its event loops, and what it has logged that it should not. */
final class Vitals {

    private static final long BEAT_MILLIS = 20;

    private final AtomicLong longestStallNanos = new AtomicLong();
    private final AtomicLong warnings = new AtomicLong();
    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final Queue<String> rawText = new ConcurrentLinkedQueue<>();

    /** Before anything of Netty's is used: standard output is for what the test asks. */
    Vitals() {
        watchLog();
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> unexpected.add(thread + ": " + thrown));
    }

    void watch(EventLoopGroup group) {
        for (EventExecutor loop : group) {
            new Beat().watch(loop);
        }
    }

    /** When an event loop last had its turn. */
    private final class Beat {
        private long lastNanos = System.nanoTime();

        void watch(EventExecutor loop) {
            loop.scheduleAtFixedRate(
                    () -> {
                        long now = System.nanoTime();
                        longestStallNanos.accumulateAndGet(
                                now - lastNanos - TimeUnit.MILLISECONDS.toNanos(BEAT_MILLIS), Math::max);
                        lastNanos = now;
                    },
                    0,
                    BEAT_MILLIS,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** Warnings, errors, and text of a peer's that a terminal would take for commands; nothing is printed. */
    private void watchLog() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        AppenderBase<ILoggingEvent> watcher = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (isForOperators(event)) {
                    warnings.incrementAndGet();
                } else if (event.getLevel().isGreaterOrEqual(Level.WARN) || isFailedAssertion(event)) {
                    unexpected.add(event.getLevel() + " " + event.getLoggerName() + ": " + event.getFormattedMessage()
                            + "\n" + ThrowableProxyUtil.asString(event.getThrowableProxy()));
                }
                noteRawText(event.getFormattedMessage());
                if (event.getThrowableProxy() != null
                        && event.getThrowableProxy().getMessage() != null) {
                    noteRawText(event.getThrowableProxy().getMessage());
                }
            }
        };
        watcher.setContext(context);
        watcher.start();
        context.getLogger("ROOT").setLevel(Level.INFO);
        context.getLogger("dev.multipath").setLevel(Level.DEBUG);
        context.getLogger("ROOT").addAppender(watcher);
    }

    /** The product may say that it is short of something. */
    private static boolean isForOperators(ILoggingEvent event) {
        return event.getLevel() == Level.WARN
                && event.getLoggerName().startsWith("dev.multipath.")
                && event.getThrowableProxy() == null;
    }

    private static boolean isFailedAssertion(ILoggingEvent event) {
        for (IThrowableProxy at = event.getThrowableProxy(); at != null; at = at.getCause()) {
            if (at.getClassName().equals(AssertionError.class.getName())) {
                return true;
            }
        }
        return false;
    }

    /** A text that somebody may see. */
    void noteRawText(String text) {
        if (text.chars().anyMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t')) {
            rawText.add(text);
        }
    }

    /** Forgets what has been. */
    Report begin() {
        longestStallNanos.set(0);
        warnings.set(0);
        unexpected.clear();
        rawText.clear();
        return Report.of("begun", 1);
    }

    /** What is held, after a collection of garbage. */
    Report memory() {
        System.gc();
        return used();
    }

    /** What is held, and whatever garbage there is: no less than {@link #memory} tells, and for nothing. */
    Report used() {
        long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
        return Report.of(
                "direct",
                // Netty counts by itself what it takes past the JDK.
                Math.max(direct, PlatformDependent.usedDirectMemory()),
                // For who looks at a failure: if it is not the sessions', it is the allocator's.
                "sessions",
                MemoryBudget.shared().usedBytes(),
                "heap",
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
                "threads",
                ManagementFactory.getThreadMXBean().getThreadCount());
    }

    /** Since the beginning. */
    Report health() {
        return Report.of(
                "stall",
                TimeUnit.NANOSECONDS.toMillis(longestStallNanos.get()),
                "warnings",
                warnings,
                "unexpected",
                unexpected.stream().limit(3).reduce("", (all, one) -> all + one + "\n"),
                "raw",
                rawText.stream().limit(3).reduce("", (all, one) -> all + one + "\n"));
    }
}
