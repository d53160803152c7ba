package dev.multipath.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * JMH's worker threads as event loops have them: Netty's allocators keep their caches in {@code FastThreadLocalThread}s
 * only. JMH makes an instance by the constructor's signature.
 */
public final class EventLoopThreads extends ThreadPoolExecutor {
    /** JMH's options that make it use this class; for {@code @Fork(jvmArgsAppend)}. */
    public static final String JMH_EXECUTOR = "-Djmh.executor=CUSTOM";

    /** See {@link #JMH_EXECUTOR}. */
    public static final String JMH_EXECUTOR_CLASS = "-Djmh.executor.class=dev.multipath.benchmarks.EventLoopThreads";

    /**
     * A pool of a fixed size.
     *
     * @param threads    how many
     * @param namePrefix how their names begin
     */
    public EventLoopThreads(int threads, String namePrefix) {
        super(
                threads,
                threads,
                0,
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(namePrefix));
    }
}
