package dev.multipath.admission;

/**
 * How crowded a server is and was: counts since it was made, but for the first three. For any thread.
 *
 * @param handshakes connections that have yet to prove that they belong to a session, now
 * @param sessions open sessions, now
 * @param sources hosts that these sessions began from, now; the exempt count one by one
 * @param evictedHandshakes connections that lost their place to a newer one before they had said their session
 * @param evictedJoins connections that lost it before they had proved that they belong to the session that they named
 * @param evictedSessions sessions that lost their place to a newer one, or for memory
 * @param refusedSessions sessions that got none, since all places were held by others that had earned them
 * @param replacedSubflows stale subflows that lost their place in a full session to one that had proved itself
 * @param refusedSubflows subflows that got none in a full session, since all of its subflows deliver
 * @param misroutedJoins connections that named a session of another server: a load balancer, or a kernel, does not know whose it is
 * @param overQuota how many of those evicted and refused were so for the number of their own source
 * @param forMemory how many of those evicted were so for what they held: see {@code MemoryBudget}
 */
public record AdmissionStats(
        int handshakes,
        int sessions,
        int sources,
        long evictedHandshakes,
        long evictedJoins,
        long evictedSessions,
        long refusedSessions,
        long replacedSubflows,
        long refusedSubflows,
        long misroutedJoins,
        long overQuota,
        long forMemory) {}
