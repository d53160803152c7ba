package dev.multipath.benchmarks.stack;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** What is reachable on the heap of this JVM: no load changes it. */
public final class Heap {

    /** Collections until the heap is what is reachable: finalizers, references and caches need more than one. */
    private static final int COLLECTIONS = 5;

    private Heap() {}

    /**
     * {@return bytes, after collections}
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public static long usedBytes() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
