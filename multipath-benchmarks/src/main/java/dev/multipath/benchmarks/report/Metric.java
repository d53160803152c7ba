package dev.multipath.benchmarks.report;

/**
 * Something that is measured.
 *
 * @param name with its unit, as in the head of a column
 * @param decimals how many are worth printing
 */
public record Metric(String name, int decimals) {

    /** Payload bytes that arrived, both directions together. */
    public static final Metric MEGABYTES_PER_SECOND = new Metric("MB/s", 0);

    /** Of the whole process. */
    public static final Metric CPU_SECONDS_PER_GIGABYTE = new Metric("CPU s/GB", 3);

    /** On the event loops, per write of the application. */
    public static final Metric ALLOCATED_BYTES_PER_WRITE = new Metric("B/write", 0);

    /** Of the request until its answer has arrived. */
    public static final Metric P50_MICROS = new Metric("p50 us", 1);

    /** As {@link #P50_MICROS}. */
    public static final Metric P99_MICROS = new Metric("p99 us", 1);

    /** As {@link #P50_MICROS}. */
    public static final Metric P999_MICROS = new Metric("p99.9 us", 1);

    /** All connections together. */
    public static final Metric REQUESTS_PER_SECOND = new Metric("req/s", 0);

    /** Of the whole process. */
    public static final Metric CPU_MICROS_PER_REQUEST = new Metric("CPU us/req", 2);

    /** On the event loops, per request and its answer. */
    public static final Metric ALLOCATED_BYTES_PER_REQUEST = new Metric("B/req", 0);

    /** Both ends together, what is reachable. */
    public static final Metric HEAP_KIB = new Metric("heap KiB", 2);

    /** Opened, used once and closed. */
    public static final Metric OPENED_PER_SECOND = new Metric("opened/s", 0);
}
