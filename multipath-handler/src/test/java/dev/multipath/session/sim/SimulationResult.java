package dev.multipath.session.sim;

import dev.multipath.session.sim.EndpointChecks.Outcome;

/**
 * What came of a simulation without fault.
 *
 * @param readBytes what both applications read
 * @param sentBytes payload of data frames that were sent for the first time
 * @param retransmittedBytes payload of the others
 * @param ackBytes what acknowledgements of the extended profile took on the wire
 * @param staleEvents how often a subflow was called stale
 * @param unacknowledgedBytes what an end had no acknowledgement for when the other had closed
 * @param cleanEnds how many ends ended in order, of those that are asked
 * @param failedEnds how many ends have a failure
 * @param durationNanos virtual time: in a delivery until the last byte was read
 * @param events how many events it took
 */
record SimulationResult(
        long readBytes,
        long sentBytes,
        long retransmittedBytes,
        long ackBytes,
        int staleEvents,
        long unacknowledgedBytes,
        int cleanEnds,
        int failedEnds,
        long durationNanos,
        long events) {

    static SimulationResult of(Peer client, Peer server, long unacknowledgedBytes, long durationNanos, long events) {
        return new SimulationResult(
                client.application().readBytes() + server.application().readBytes(),
                client.ledger().sentBytes + server.ledger().sentBytes,
                client.ledger().retransmittedBytes + server.ledger().retransmittedBytes,
                client.ledger().ackBytes + server.ledger().ackBytes,
                client.staleEvents() + server.staleEvents(),
                unacknowledgedBytes,
                count(Outcome.CLEAN, client, server),
                count(Outcome.FAILED, client, server),
                durationNanos,
                events);
    }

    private static int count(Outcome outcome, Peer client, Peer server) {
        return (client.outcome() == outcome ? 1 : 0) + (server.outcome() == outcome ? 1 : 0);
    }
}
