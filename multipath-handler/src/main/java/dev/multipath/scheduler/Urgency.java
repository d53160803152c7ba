package dev.multipath.scheduler;

/** How much it matters how soon something that was written arrives. */
public enum Urgency {
    /** Only how much arrives in all matters: it leaves the nearest paths to others. */
    BULK,
    /** Nobody has said. */
    NORMAL,
    /** As soon as any path brings it, whatever that costs. */
    URGENT
}
