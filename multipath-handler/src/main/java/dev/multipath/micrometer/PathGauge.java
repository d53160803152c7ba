package dev.multipath.micrometer;

import io.micrometer.core.instrument.Tags;

/** What there is at the moment on all paths of one name. */
enum PathGauge {
    ACTIVE("multipath.subflows", "subflows", "Subflows that there are", Tags.of("state", "active")),
    STALE("multipath.subflows", "subflows", "Subflows that there are", Tags.of("state", "stale")),
    IN_FLIGHT("multipath.path.in.flight", "bytes", "Payload sent on a path and not acknowledged", Tags.empty()),
    IN_FLIGHT_LIMIT(
            "multipath.path.in.flight.limit", "bytes", "How much a path may have in flight at the most", Tags.empty()),
    TRANSPORT_WINDOW(
            "multipath.path.transport.window",
            "bytes",
            "How much the transports below let be in the network",
            Tags.empty()),
    TRANSPORT_RATE(
            "multipath.path.transport.rate",
            "bytes.per.second",
            "How fast peers get what the transports below send",
            Tags.empty()),
    MPTCP_SUBFLOWS(
            "multipath.path.mptcp.subflows",
            "subflows",
            "TCP connections of the kernel's Multipath TCP below",
            Tags.empty());

    private final String meterName;
    private final String unit;
    private final String description;
    private final Tags tags;

    PathGauge(String meterName, String unit, String description, Tags tags) {
        this.meterName = meterName;
        this.unit = unit;
        this.description = description;
        this.tags = tags;
    }

    String meterName() {
        return meterName;
    }

    String unit() {
        return unit;
    }

    String description() {
        return description;
    }

    Tags tags() {
        return tags;
    }
}
