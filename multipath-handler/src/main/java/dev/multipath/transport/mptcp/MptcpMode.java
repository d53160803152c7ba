package dev.multipath.transport.mptcp;

/** Whether sockets are to be of Multipath TCP. */
public enum MptcpMode {
    /** Plain TCP. */
    OFF,
    /**
     * Of MPTCP if this system has it, else of TCP; that it has not is logged once. Anything else that goes wrong is an error:
     * a socket that cannot be opened since there are too many, for one.
     */
    IF_AVAILABLE,
    /** Of MPTCP, else there is a {@link MptcpUnavailableException}. */
    REQUIRED
}
