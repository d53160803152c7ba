package dev.multipath.examples.demo;

import dev.multipath.examples.emulator.PathSettings;
import java.time.Duration;

/**
 * A path to emulate.
 *
 * @param label its name
 * @param settings how it treats bytes
 */
record EmulatedLink(String label, PathSettings settings) {
    private static final double BITS_PER_MEGABIT = 1e6;

    static EmulatedLink of(String label, double rateMbit, int oneWayDelayMillis) {
        return new EmulatedLink(label, PathSettings.ofMbit(rateMbit, Duration.ofMillis(oneWayDelayMillis)));
    }

    double rateMbit() {
        return settings.rateBitsPerSecond() / BITS_PER_MEGABIT;
    }

    @Override
    public String toString() {
        return "%s (%.0f Mbit/s, %d ms one way)"
                .formatted(label, rateMbit(), settings.oneWayDelay().toMillis());
    }
}
