package dev.multipath.metrics;

/**
 * So many data frames of that size together.
 *
 * @param frames how many
 * @param bytes their payload bytes
 */
public record FrameCount(long frames, long bytes) {}
