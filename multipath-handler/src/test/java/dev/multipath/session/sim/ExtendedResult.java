package dev.multipath.session.sim;

import dev.multipath.session.sim.EndpointChecks.Outcome;

/**
 * What came of a simulation of the extended profile without fault.
 *
 * @param readBytes what both applications read
 * @param sentBytes payload of data frames that were sent for the first time
 * @param retransmittedBytes payload of the others
 * @param ackBytes what acknowledgements took on the wire
 * @param cleanEnds how many ends ended in order
 * @param failedEnds how many ends have a failure
 * @param durationNanos virtual time
 * @param events how many events it took
 */
record ExtendedResult(
        long readBytes,
        long sentBytes,
        long retransmittedBytes,
        long ackBytes,
        int cleanEnds,
        int failedEnds,
        long durationNanos,
        long events) {

    static ExtendedResult of(ExtendedEndpoint client, ExtendedEndpoint server, long durationNanos, long events) {
        return new ExtendedResult(
                client.application().readBytes() + server.application().readBytes(),
                client.ledger.sentBytes + server.ledger.sentBytes,
                client.ledger.retransmittedBytes + server.ledger.retransmittedBytes,
                client.ledger.ackBytes + server.ledger.ackBytes,
                count(Outcome.CLEAN, client, server),
                count(Outcome.FAILED, client, server),
                durationNanos,
                events);
    }

    private static int count(Outcome outcome, ExtendedEndpoint client, ExtendedEndpoint server) {
        return (client.checks.outcome() == outcome ? 1 : 0) + (server.checks.outcome() == outcome ? 1 : 0);
    }
}
