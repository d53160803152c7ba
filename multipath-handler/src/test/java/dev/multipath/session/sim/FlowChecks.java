package dev.multipath.session.sim;

import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionConfig;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import java.util.List;

/** What holds at an end at any time: what its buffers may hold, and in the extended profile what credit allows. */
final class FlowChecks {

    private final String name;
    private final MultipathSession session;
    private final SessionConfig config;
    private final int peersFrameBytes;
    private final FrameLedger ledger;
    private long polledBytes;

    FlowChecks(String name, MultipathSession session, SessionConfig config, int peersFrameBytes, FrameLedger ledger) {
        this.name = name;
        this.session = session;
        this.config = config;
        this.peersFrameBytes = peersFrameBytes;
        this.ledger = ledger;
    }

    void onPolled(int bytes) {
        polledBytes += bytes;
    }

    /** What the application has taken. */
    long polledBytes() {
        return polledBytes;
    }

    /** Whether the peer is bound by credit; in the base profile a frame may be one too many. */
    private boolean hasCredit() {
        return config.extended().enabled() && session.profile() != Profile.BASE;
    }

    void check(long largestWriteBytes) {
        Simulation.check(
                -session.sendCapacityBytes() < Math.max(1, largestWriteBytes),
                "%s: the send buffer holds more than allowed",
                name);
        Simulation.check(
                session.bufferedReceiveBytes() <= config.receiveBufferBytes() + (hasCredit() ? 0 : peersFrameBytes),
                "%s: the receive buffer holds more than allowed",
                name);
        for (Subflow subflow : session.subflows()) {
            Simulation.check(subflow.inFlightBytes() >= 0, "%s: negative bytes in flight", name);
        }
        if (hasCredit()) {
            checkCredit();
        }
    }

    private void checkCredit() {
        if (session.state() == SessionState.OPEN) {
            Simulation.check(
                    polledBytes + session.bufferedReceiveBytes() <= ledger.grantedBytes,
                    "%s: more was taken than granted",
                    name);
        }
        if (session.profile() == Profile.EXTENDED) {
            Simulation.check(ledger.sentBytes <= ledger.creditBytes, "%s: more was sent than granted", name);
        }
    }

    /** Once everything that can leave has left: what was read is granted anew, if a subflow can carry it. */
    void checkGrant(List<ConnectionEnd> ends) {
        boolean canTell = session.profile() == Profile.EXTENDED
                && session.state() == SessionState.OPEN
                && ends.stream().anyMatch(each -> each.writable && each.subflow.state() == SubflowState.ACTIVE);
        long leastWindowBytes = Math.min(config.extended().initialWindowBytes(), config.receiveBufferBytes());
        Simulation.check(
                !canTell || ledger.grantedBytes - polledBytes >= leastWindowBytes / 2,
                "%s: has read %d bytes and granted only %d",
                name,
                polledBytes,
                ledger.grantedBytes);
    }
}
