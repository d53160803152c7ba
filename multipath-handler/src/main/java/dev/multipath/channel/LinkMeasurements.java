package dev.multipath.channel;

import dev.multipath.session.Subflow;
import java.util.List;

/** Publishes what each path is like: what its subflow is, or all of its sockets together. Makes no garbage, as it is done each turn. */
final class LinkMeasurements {

    private long minRttNanos;
    private long rttVarianceNanos;
    private double bytesPerSecond;
    private long inFlightBytes;
    private long inFlightLimitBytes;

    void publish(List<SubflowLink> links) {
        for (int i = 0; i < links.size(); i++) {
            SubflowLink link = links.get(i);
            if (link.isMember() && isFirst(links, i)) {
                sum(links, i);
                link.metrics()
                        .onMeasured(minRttNanos, rttVarianceNanos, bytesPerSecond, inFlightBytes, inFlightLimitBytes);
            }
        }
    }

    /** Whether none before it is of the same path. Two subflows of one socket, of which one is to go, are one's as well. */
    private static boolean isFirst(List<SubflowLink> links, int index) {
        for (int i = 0; i < index; i++) {
            if (links.get(i).isMember()
                    && links.get(i).metrics() == links.get(index).metrics()) {
                return false;
            }
        }
        return true;
    }

    private void sum(List<SubflowLink> links, int first) {
        minRttNanos = Long.MAX_VALUE;
        bytesPerSecond = 0;
        inFlightBytes = 0;
        inFlightLimitBytes = 0;
        for (int i = first; i < links.size(); i++) {
            SubflowLink link = links.get(i);
            if (link.isMember() && link.metrics() == links.get(first).metrics()) {
                add(link.subflow());
            }
        }
    }

    private void add(Subflow subflow) {
        if (subflow.minRttNanos() < minRttNanos) {
            minRttNanos = subflow.minRttNanos();
            rttVarianceNanos = subflow.rttVarianceNanos();
        }
        bytesPerSecond += subflow.deliveryRateBytesPerSecond();
        inFlightBytes += subflow.inFlightBytes();
        inFlightLimitBytes += subflow.inFlightLimitBytes();
    }
}
