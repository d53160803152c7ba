package dev.multipath.testsuite.kill;

import java.util.List;

/**
 * All that is decided of a session before it begins.
 *
 * @param session its number in the run
 * @param seed from which all of this comes
 * @param extended the profile; otherwise the base one
 * @param tls the provider of TLS on each subflow, or none
 * @param acceptor whether the server is a {@code MultipathAcceptor} beside listeners of its own
 * @param clientEpoll on epoll, otherwise on NIO
 * @param serverEpoll as for the client
 * @param paths how many paths the client connects to
 * @param allPaths with those that it adds
 * @param listeners of the server; path i leads to listener i modulo this
 * @param fate what may become of it
 * @param traffic who sends
 * @param client what the client does
 * @param server what the server does
 * @param kills what is done to the paths
 * @param changes what the client does to them
 */
record Plan(
        int session,
        long seed,
        boolean extended,
        Tls tls,
        boolean acceptor,
        boolean clientEpoll,
        boolean serverEpoll,
        int paths,
        int allPaths,
        int listeners,
        Fate fate,
        Traffic traffic,
        Side client,
        Side server,
        List<Kill> kills,
        List<PathChange> changes) {

    enum Tls {
        NONE,
        JDK,
        OPENSSL
    }

    enum Fate {
        /** Every path works again soon after each kill: an extended session goes on. */
        RECOVERS,
        /** Path 0 is only slowed down, and the others are not killed before it carries: any session goes on. */
        SAFE,
        /** Paths may be gone for ever. */
        MORTAL
    }

    enum Traffic {
        UP,
        DOWN,
        BOTH,
        /** The server sends back what comes. */
        ECHO
    }

    /** How an end ends what it sends. */
    enum Ending {
        /** By {@code shutdownOutput()}; it closes when it has seen the other's end as well. */
        SHUTDOWN,
        /** It closes when it has sent all, and received as much as the other is going to send. */
        CLOSE_WHEN_COMPLETE,
        /** It leaves it to the other: base profile only. */
        WAIT
    }

    enum Early {
        NO,
        /** {@code abort} with {@link #ABORT_CODE}. */
        ABORT,
        /** {@code close()} in the middle. */
        LEAVE
    }

    /** Of an application that breaks off by plan. */
    static final long ABORT_CODE = 4711;

    /** Of one that sees no progress any more. */
    static final long GAVE_UP_CODE = 4712;

    /** Of one that the test has no use for, as its client has another session. */
    static final long UNUSED_CODE = 4713;

    /**
     * One end.
     *
     * @param bytes how much it sends
     * @param writeBytes in writes of this size
     * @param paceMillis over so long, at the least
     * @param slowReadMillis it reads slowly for so long
     * @param ending how it ends
     * @param early whether it breaks off
     * @param earlyBytes when it has sent or received so many bytes together
     * @param frameBytes the largest frame
     * @param sendBufferBytes of the session
     * @param roundRobin the scheduler; otherwise the default
     */
    record Side(
            long bytes,
            int writeBytes,
            int paceMillis,
            int slowReadMillis,
            Ending ending,
            Early early,
            long earlyBytes,
            int frameBytes,
            int sendBufferBytes,
            boolean roundRobin) {}

    /** Something that the client asks for, so long after it was connected. */
    record PathChange(Kind kind, int path, long millis) {
        enum Kind {
            ADD,
            REMOVE,
            BACKUP,
            NO_BACKUP
        }
    }

    Side side(Direction whose) {
        return whose == Direction.UP ? client : server;
    }

    /** In which stream's bytes an end sends. */
    Direction contentOf(Direction whose) {
        return traffic == Traffic.ECHO ? Direction.UP : whose;
    }

    boolean isEcho(Direction whose) {
        return traffic == Traffic.ECHO && whose == Direction.DOWN;
    }

    /** Whether an application breaks off. */
    boolean isBrokenOff() {
        return client.early() != Early.NO || server.early() != Early.NO;
    }

    /** Whether nothing may go wrong. */
    boolean mustComplete() {
        return !isBrokenOff() && (extended ? fate != Fate.MORTAL : fate == Fate.SAFE);
    }

    @Override
    public String toString() {
        return "session " + session + ", seed " + seed + ": " + (extended ? "extended" : "base") + ", TLS " + tls
                + ", server " + (acceptor ? "acceptor" : "channel") + " on " + (serverEpoll ? "epoll" : "NIO")
                + ", client on " + (clientEpoll ? "epoll" : "NIO") + ", " + paths + " of " + allPaths + " paths to "
                + listeners + " listeners, " + fate + ", " + traffic + "\n  client " + client + "\n  server " + server
                + "\n  kills " + kills + "\n  changes " + changes;
    }
}
