package dev.multipath.session.sim;

/**
 * What came of a simulation without fault.
 *
 * @param deliveredBytes in both directions
 * @param retransmittedBytes what was sent more than once
 * @param staleEvents how often a subflow was called stale
 * @param lostAcknowledgementBytes what an end had no acknowledgement for when the other had closed
 * @param durationNanos virtual time until the last byte was delivered
 * @param events how many events it took
 */
record SimulationResult(
        long deliveredBytes,
        long retransmittedBytes,
        int staleEvents,
        long lostAcknowledgementBytes,
        long durationNanos,
        long events) {}
