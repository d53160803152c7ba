package dev.multipath.examples.emulator;

/**
 * What a {@link PathEmulator} has done so far. The numbers are read one after the other, not at one instant.
 *
 * @param toTargetBytes bytes that left the path towards the target
 * @param fromTargetBytes bytes that left the path towards the connecting clients
 * @param openConnections connections being relayed now
 * @param acceptedConnections connections taken since the start, without those refused
 */
public record PathCounters(long toTargetBytes, long fromTargetBytes, long openConnections, long acceptedConnections) {}
