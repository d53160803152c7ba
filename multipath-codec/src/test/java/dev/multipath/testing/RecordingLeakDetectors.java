package dev.multipath.testing;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Makes leak detectors that keep their reports. Thread safe, as Netty's detectors are. */
final class RecordingLeakDetectors extends ResourceLeakDetectorFactory {
    /**
     * How long to collect garbage, at most, until the canary is found. One collection is usually enough; but the JVM's thread that
     * enqueues references has to get a processor too, and among many processes it was seen to wait for twenty seconds.
     */
    private static final long MAX_COLLECTING_NANOS = TimeUnit.MINUTES.toNanos(5);

    /** For that thread to get its turn between two collections. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final List<RecordingLeakDetector<?>> detectors = new CopyOnWriteArrayList<>();
    private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

    @Override
    @SuppressWarnings("deprecation") // abstract in the superclass, so it has to be here
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
            Class<T> resource, int samplingInterval, long maxActive) {
        return newResourceLeakDetector(resource, samplingInterval);
    }

    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
        RecordingLeakDetector<T> detector = new RecordingLeakDetector<>(resource, samplingInterval, leaks);
        detectors.add(detector);
        return detector;
    }

    /** Collects garbage until all that is leaked has been found, and returns the reports since the last call. */
    List<String> awaitLeaks() {
        // The first finds what the same collection finds, in any order; the second comes after all of that.
        awaitCanary();
        awaitCanary();
        detectors.forEach(RecordingLeakDetector::poll);
        List<String> found = new ArrayList<>();
        for (String leak = leaks.poll(); leak != null; leak = leaks.poll()) {
            found.add(leak);
        }
        return found;
    }

    /** Leaks something, and waits until it is found: so leaks can be found, and what was leaked earlier is. */
    private static void awaitCanary() {
        Queue<String> canaries = new ConcurrentLinkedQueue<>();
        RecordingLeakDetector<Object> detector = new RecordingLeakDetector<>(Object.class, 1, canaries);
        detector.leak();
        long startNanos = System.nanoTime();
        while (true) {
            System.gc();
            detector.poll();
            if (!canaries.isEmpty()) {
                return;
            }
            if (System.nanoTime() - startNanos > MAX_COLLECTING_NANOS) {
                throw new AssertionError("no leak can be found, since garbage is not collected");
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private static final class RecordingLeakDetector<T> extends ResourceLeakDetector<T> {
        private final Queue<String> reports;

        RecordingLeakDetector(Class<T> resource, int samplingInterval, Queue<String> reports) {
            super(resource, samplingInterval);
            this.reports = reports;
        }

        /** Makes the detector report what the garbage collector has found, which it does whenever it tracks. */
        @SuppressWarnings("unchecked") // never read as a T
        void poll() {
            T probe = (T) new Object();
            trackForcibly(probe).close(probe);
        }

        @SuppressWarnings("unchecked")
        void leak() {
            trackForcibly((T) new Object());
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            reports.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            reports.add(resourceType);
        }
    }
}
