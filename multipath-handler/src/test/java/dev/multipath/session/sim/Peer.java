package dev.multipath.session.sim;

/** An endpoint with its application, as the simulation sees it. */
interface Peer extends Endpoint {

    /** Starts the application; to be called once, before anything happens. */
    void start(SimulatedApplication application);

    SimulatedApplication application();

    /** Whether the application would take bytes now. */
    boolean isWilling();

    /** What its application wrote and the other end has not acknowledged; 0 once it is closed. */
    long unacknowledgedBytes();

    /** What was received and the application has not read. */
    long bufferedReceiveBytes();

    /** Whether all it sent is acknowledged, every copy on every connection. */
    boolean hasNothingInFlight();

    /** Whether it has a connection that it takes for whole. */
    boolean hasConnections();

    /** Why its session was given up, or null. */
    default Throwable failure() {
        return null;
    }

    /** Begins the graceful end. */
    void close();

    /** Whether the graceful end is over. */
    boolean isDrained();

    /** Ends at once and lets go of everything. */
    void release();

    /** What it has sent and got. */
    FrameLedger ledger();

    /** How often it called a subflow stale. */
    int staleEvents();

    /** How it has ended, if it is asked. */
    default EndpointChecks.Outcome outcome() {
        return EndpointChecks.Outcome.NONE;
    }
}
