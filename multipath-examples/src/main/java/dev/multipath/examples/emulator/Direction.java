package dev.multipath.examples.emulator;

/** The two ways through a path, named after the end that connected and the target it is relayed to. */
public enum Direction {
    /** From the connecting client to the target. */
    TO_TARGET,
    /** From the target back to the connecting client. */
    FROM_TARGET
}
