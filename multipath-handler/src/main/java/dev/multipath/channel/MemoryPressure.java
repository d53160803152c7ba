package dev.multipath.channel;

/** How much of a {@link MemoryBudget} is in use, least first. */
public enum MemoryPressure {
    /** Up to half: every session may have what it is configured for. */
    NONE,
    /** More: sessions get smaller windows, new ones the smallest. */
    TIGHT,
    /** From eight tenths on: those that hold the most for nothing are ended, until it is two thirds. */
    HIGH,
    /** From nineteen twentieths on: no peer is granted anything more. */
    CRITICAL
}
