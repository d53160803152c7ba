package dev.multipath.session.sim;

import dev.multipath.codec.ResetFrame;
import dev.multipath.session.Deadline;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.ResumptionTimeoutException;
import dev.multipath.session.SessionResetException;
import dev.multipath.session.SessionRole;
import dev.multipath.session.SessionState;
import dev.multipath.session.Subflow;
import dev.multipath.session.UnknownSessionException;
import dev.multipath.session.sim.EndPlan.Ending;
import java.time.Duration;

/** What must hold at one end at any time, and whether what it says of its end is true, which the simulation knows. */
final class EndpointChecks {

    /** How an end ended. */
    enum Outcome {
        /** Not yet. */
        NONE,
        /** Its bytes were delivered, and it needed no more of the peer's. */
        CLEAN,
        /** The linger time was over. */
        LINGERED,
        /** It has a failure. */
        FAILED
    }

    /** Greater than anything before it. */
    private static final long FAILED_PROGRESS = 1L << 32;

    private static final long CLOSED_PROGRESS = 1L << 40;

    /** The longest back-off of a client, and some round trips of the slowest path. */
    private static final long MAX_RETURN_NANOS = 20_000_000_000L;

    private final EventfulEndpoint end;
    private EventfulEndpoint peer;
    private boolean undisturbed;
    private long startNanos;
    private Outcome outcome = Outcome.NONE;

    EndpointChecks(EventfulEndpoint end) {
        this.end = end;
    }

    /** To be called before anything happens. */
    void against(EventfulEndpoint newPeer, boolean newUndisturbed) {
        peer = newPeer;
        undisturbed = newUndisturbed;
        startNanos = end.nowNanos();
    }

    Outcome outcome() {
        return outcome;
    }

    // ---- at any time

    void check() {
        end.flow.check(end.application().largestWriteBytes());
        if (end.session.isInputEnded()) {
            checkInputIsWhole();
        }
    }

    /** A clean end of the input is told: then the peer has said so, and all that it wrote before was read. */
    private void checkInputIsWhole() {
        if (end.closedAtNanos() == Deadline.NONE) {
            Simulation.check(
                    end.application().readBytes() == peer.application().writtenBytes()
                            && end.flow.polledBytes() == end.application().readBytes(),
                    "%s: a clean end after %d of %d bytes",
                    end.name,
                    end.application().readBytes(),
                    peer.application().writtenBytes());
        }
        Simulation.check(
                peer.session.state() != SessionState.OPEN || peer.hasShutDown(),
                "%s: an end that nobody made",
                end.name);
    }

    // ---- at the end

    /** It is about to go. */
    void onLeave() {
        MultipathSession session = end.session;
        if (session.failure() != null) {
            return;
        }
        boolean linger = session.unacknowledgedBytes() > 0
                || end.nowNanos() - end.closedAtNanos()
                        >= end.plan.config().linger().toNanos();
        outcome = linger ? Outcome.LINGERED : Outcome.CLEAN;
        if (linger) {
            Simulation.check(
                    end.closedAtNanos() != Deadline.NONE
                            && end.nowNanos() - end.closedAtNanos()
                                    == end.plan.config().linger().toNanos(),
                    "%s: does not wait as long as it should",
                    end.name);
        } else {
            checkOutputIsWhole();
        }
    }

    /** All was acknowledged, the FIN included: then the peer's application has it, or can have it, or wants it no more. */
    private void checkOutputIsWhole() {
        MultipathSession other = peer.session;
        if (peer.closedAtNanos() == Deadline.NONE) {
            long hasBytes = peer.application().readBytes() + other.bufferedReceiveBytes() - other.strandedBytes();
            Simulation.check(
                    hasBytes == end.application().writtenBytes(),
                    "%s: a clean end, but the peer has %d of %d bytes",
                    end.name,
                    hasBytes,
                    end.application().writtenBytes());
        }
    }

    /** The session was given up: is what it says true? */
    void onFailure() {
        outcome = Outcome.FAILED;
        MultipathException failure = end.session.failure();
        if (failure instanceof ResumptionTimeoutException) {
            checkAlone();
        } else if (failure instanceof SessionResetException reset) {
            checkReset(reset);
        } else if (failure instanceof UnknownSessionException) {
            Simulation.check(
                    end.role == SessionRole.CLIENT
                            && peer.isClosed()
                            && end.session.subflows().isEmpty(),
                    "%s: the server knows the session",
                    end.name);
            Simulation.check(!peer.remembers(), "%s: the server still knows how the session has ended", end.name);
            Simulation.check(!undisturbed, "%s: nothing was lost, but the end was not told", end.name);
        } else {
            throw new AssertionError(end.name + ": unexpected failure", failure);
        }
    }

    private void checkAlone() {
        Duration own = end.plan.config().extended().resumptionTimeout();
        Duration expected = own;
        if (!end.ledger.gotHello) {
            Duration handshake = end.plan.config().extended().joinTimeout();
            expected = own.compareTo(handshake) < 0 ? own : handshake;
        } else if (peer.plan.config().extended().resumptionTimeout().isZero()) {
            expected = Duration.ZERO;
        }
        Simulation.check(
                end.session.subflows().isEmpty() && end.solitude().isOver(expected.toNanos(), end.nowNanos()),
                "%s: was not alone for %s, but: %s",
                end.name,
                expected,
                end.solitude());
        Simulation.check(!undisturbed, "%s: nothing was lost, but the end was not told", end.name);
        long inVainSinceNanos = Math.max(end.solitude().sinceNanos(), end.settledAtNanos());
        Simulation.check(
                !peer.remembers() || end.nowNanos() - inVainSinceNanos < MAX_RETURN_NANOS,
                "%s: everything had arrived, and the peer did not come back to say so",
                end.name);
    }

    private void checkReset(SessionResetException reset) {
        if (end.plan.ending() == Ending.ABORT_AT && end.closedAtNanos() != Deadline.NONE) {
            Simulation.check(reset.code() == end.plan.abortCode(), "%s: not its own abort", end.name);
            return;
        }
        Simulation.check(
                reset.code() == peer.ledger.resetCode, "%s: a reset that the peer did not send: %s", end.name, reset);
        Outcome cause = peer.checks.outcome;
        boolean isTrue =
                switch ((int) reset.code()) {
                    case (int) ResetFrame.NO_READER -> cause == Outcome.CLEAN && peer.closedAtNanos() != Deadline.NONE;
                    case (int) ResetFrame.LINGER_EXPIRED -> cause == Outcome.LINGERED;
                    default -> reset.code() == peer.plan.abortCode() && peer.plan.ending() == Ending.ABORT_AT;
                };
        Simulation.check(isTrue, "%s: %s, but the peer ended %s", end.name, reset, cause);
    }

    // ---- over all

    /** No storms: what control frames there may be for so much data in so much time. */
    void checkControlFrames(int connections) {
        FrameLedger ledger = end.ledger;
        double seconds = (end.nowNanos() - startNanos) / 1e9;
        long joins = 1L + connections;
        Simulation.check(
                ledger.acks <= ledger.numberedGot + ledger.pingsGot + 8 * joins * joins + 4 * seconds,
                "%s: too many acks: %s, %d connections, %.0f s",
                end.name,
                ledger,
                connections,
                seconds);
        Simulation.check(
                ledger.pings <= 4 * joins + 2 * seconds * joins,
                "%s: too many pings: %s in %.0f s",
                end.name,
                ledger,
                seconds);
        Simulation.check(ledger.pongs <= ledger.pingsGot + joins, "%s: too many pongs: %s", end.name, ledger);
        // A path that does not answer is said to be suspect again, as long as that lasts.
        Simulation.check(
                ledger.otherControl <= 8 * joins * joins + seconds / 8,
                "%s: too many control frames: %s in %.0f s",
                end.name,
                ledger,
                seconds);
    }

    // ---- what the simulation asks

    /** Grows with everything that brings the session nearer to its end. */
    long progress() {
        MultipathSession session = end.session;
        return end.isClosed()
                ? CLOSED_PROGRESS
                : end.application().readBytes()
                        + end.application().writtenBytes()
                        - session.unacknowledgedBytes()
                        + session.nextExpectedFrameNumber()
                        + (session.failure() == null ? 0 : FAILED_PROGRESS);
    }

    /** Whether it has read all that the peer writes, and the peer has all of its own. */
    boolean isAtRest() {
        return end.application().isDone() && end.hasNothingInFlight();
    }

    /** Its session's subflow on a connection, or null. */
    Subflow subflow(String connectionName) {
        return end.session.subflows().stream()
                .filter(subflow -> ((ConnectionEnd) subflow.attachment()).name.equals(connectionName))
                .findFirst()
                .orElse(null);
    }
}
