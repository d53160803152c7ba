package dev.multipath.examples;

import java.util.Map;

/**
 * Netty's allocator settings for a small process with one event loop. They are system properties because Netty reads
 * them when its classes load, so this runs before anything else; a property set on the command line wins.
 */
final class MemoryLimits {
    private static final Map<String, String> SETTINGS = Map.of(
            // Pooled: its memory is bounded by the peak in use, the adaptive allocator's by the number of size classes.
            "io.netty.allocator.type", "pooled",
            // One event loop and one blocking reader allocate; more arenas would only strand chunks.
            "io.netty.allocator.numDirectArenas", "2",
            "io.netty.allocator.numHeapArenas", "1");

    private MemoryLimits() {}

    static void apply() {
        SETTINGS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
    }
}
