package dev.multipath.benchmarks.report;

/**
 * Something that is measured.
 *
 * @param name with its unit, as in the head of a column
 * @param decimals how many are worth printing
 * @param comparison how a variant is held against its baseline
 */
public record Metric(String name, int decimals, Comparison comparison) {

    /** How two values are compared. */
    public enum Comparison {
        /** As a part of the baseline's, which is above zero then. */
        RATIO,
        /** By what there is more: a baseline of nothing is a good one, and what counts is what comes on top. */
        DIFFERENCE
    }

    /** One that is compared by its ratio. */
    Metric(String name, int decimals) {
        this(name, decimals, Comparison.RATIO);
    }

    /** Payload bytes that arrived, both directions together. */
    public static final Metric MEGABYTES_PER_SECOND = new Metric("MB/s", 0);

    /** Of the whole process. */
    public static final Metric CPU_SECONDS_PER_GIGABYTE = new Metric("CPU s/GB", 3);

    /** On the event loops, per write of the application. */
    public static final Metric ALLOCATED_BYTES_PER_WRITE = new Metric("B/write", 0, Comparison.DIFFERENCE);

    /** On the event loops, per data frame; of plain Netty, per write. */
    public static final Metric ALLOCATED_BYTES_PER_FRAME = new Metric("B/frame", 0, Comparison.DIFFERENCE);

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
    public static final Metric ALLOCATED_BYTES_PER_REQUEST = new Metric("B/req", 0, Comparison.DIFFERENCE);

    /** Both ends together, what is reachable. */
    public static final Metric HEAP_KIB = new Metric("heap KiB", 2, Comparison.DIFFERENCE);

    /** Opened, used once and closed. */
    public static final Metric OPENED_PER_SECOND = new Metric("opened/s", 0);
}
