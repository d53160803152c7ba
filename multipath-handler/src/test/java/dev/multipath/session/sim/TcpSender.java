package dev.multipath.session.sim;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.session.sim.TcpScoreboard.Copy;
import java.util.ArrayDeque;

/**
 * The packets of one direction of a modelled TCP connection, seen from above by someone who knows both ends: what is sent,
 * lost, found to be lost and sent again. As Linux does it: bursts of a millisecond's rate (TSO), loss found by what was sent
 * later (RACK), a tail loss probe, a retransmission time-out that doubles. Acknowledgements take no capacity; they wait in the
 * queue of the other direction, and are lost when that is down.
 */
final class TcpSender {

    private static final int MSS = TcpLink.MSS_BYTES;
    private static final int MAX_BURST_BYTES = 44 * MSS;

    /** Linux's tcp_wmem ends there. */
    private static final long MAX_IN_FLIGHT_BYTES = 4 << 20;

    private static final double BURST_SECONDS = 0.001;
    private static final double NANOS_PER_SECOND = 1e9;

    private final EventQueue clock;
    private final TcpLink link;
    private final TcpLink reverse;
    private final TcpControl control;
    private final Runnable onArrival;
    private final Runnable onAcknowledged;

    private long writtenBytes;
    private final TcpScoreboard board = new TcpScoreboard();

    private long deliveredBytes;
    private long deliveredAtNanos;
    private long firstSentAtNanos;
    private long applicationLimitedUntil = -1;
    private long nextRoundAtDelivered;
    private boolean windowLimited;
    private long lastSentAtNanos;

    private final TcpTimeout timeout = new TcpTimeout();
    private final LazyTimer timer;

    /** Whether the tail was sent once more since the last progress. */
    private boolean probed;

    private boolean timerProbes;
    private long nextSendNanos;
    private boolean pacing;
    private boolean flushing;
    private boolean stopped;

    // ---- the receiver's
    private final ReceivedRanges received = new ReceivedRanges();
    private final ArrayDeque<Copy> arrived = new ArrayDeque<>();
    private long arrivals;
    private long arrivalsKnown;

    private long retransmittedBytes;
    private int timeouts;

    TcpSender(
            EventQueue clock,
            TcpLink link,
            TcpLink reverse,
            TcpControl control,
            Runnable onArrival,
            Runnable onAcknowledged) {
        this.clock = clock;
        timer = new LazyTimer(clock, this::onTimer);
        this.link = link;
        this.reverse = reverse;
        this.control = control;
        this.onArrival = onArrival;
        this.onAcknowledged = onAcknowledged;
    }

    // ---- what the pipe asks

    /** Returns the offset behind what is written now. What is written in one turn of an event loop leaves in one. */
    long write(long bytes) {
        writtenBytes += bytes;
        if (!flushing) {
            flushing = true;
            clock.after(0, () -> {
                flushing = false;
                send();
            });
        }
        return writtenBytes;
    }

    long receivedBytes() {
        return received.inOrderBytes();
    }

    /** No more than the kernel keeps to send again. */
    long windowBytes() {
        return Math.min(control.windowBytes(), MAX_IN_FLIGHT_BYTES);
    }

    /** What was written and the sender does not know to have arrived. */
    long unacknowledgedBytes() {
        return writtenBytes - board.firstUnacknowledged();
    }

    /** What was written and has never left. */
    long unsentBytes() {
        return writtenBytes - board.nextOffset();
    }

    /** All that there is to tell ({@link Told}). */
    TransportStats info() {
        long unacknowledged = unacknowledgedBytes() - unsentBytes();
        return new TransportStats(
                smoothedRttNanos(),
                windowBytes(),
                TransportStats.UNKNOWN,
                unsentBytes(),
                unacknowledged,
                Math.max(0, unacknowledged - inFlightBytes() - board.lostBytes()),
                retransmittedBytes / MSS,
                MptcpStats.NONE);
    }

    long inFlightBytes() {
        return board.inFlightBytes();
    }

    /** -1 while unknown. */
    long smoothedRttNanos() {
        return timeout.smoothedNanos();
    }

    long rttVarianceNanos() {
        return timeout.varianceNanos();
    }

    long retransmittedBytes() {
        return retransmittedBytes;
    }

    int timeouts() {
        return timeouts;
    }

    void restart() {
        control.restart(timeout.isKnown() ? timeout.smoothedNanos() : 0);
    }

    void stop() {
        stopped = true;
        timer.stop();
    }

    // ---- sending

    private void send() {
        while (!stopped) {
            boolean again = board.hasLost();
            long available = again ? board.firstLostBytes() : unsentBytes();
            windowLimited = false;
            if (available == 0) {
                applicationLimitedUntil = deliveredBytes + inFlightBytes();
                return;
            }
            if (inFlightBytes() == 0 && !again) {
                onFirst();
            }
            long window = windowBytes() - inFlightBytes();
            int bytes = (int) Math.min(available, burstBytes());
            if (window < bytes) {
                windowLimited = true;
                boolean defers = inFlightBytes() > 0 && window < windowBytes() / 4;
                if (defers || (window < MSS && inFlightBytes() > 0)) {
                    return;
                }
                bytes = (int) Math.min(bytes, Math.max(MSS, window / MSS * MSS));
            }
            if (nextSendNanos > clock.nowNanos()) {
                pace();
                return;
            }
            double rate = control.pacingBytesPerSecond();
            if (rate != Double.POSITIVE_INFINITY) {
                nextSendNanos = clock.nowNanos() + (long) (bytes * NANOS_PER_SECOND / rate);
            }
            put(bytes, again);
        }
    }

    private void onFirst() {
        firstSentAtNanos = clock.nowNanos();
        deliveredAtNanos = clock.nowNanos();
        long idleNanos = clock.nowNanos() - lastSentAtNanos;
        if (timeout.isKnown() && idleNanos > timeout.retransmissionNanos()) {
            control.onRestart(idleNanos, timeout.retransmissionNanos(), clock.nowNanos());
        }
    }

    private long burstBytes() {
        double rate = control.pacingBytesPerSecond();
        if (rate == Double.POSITIVE_INFINITY) {
            rate = timeout.isKnown() ? control.windowBytes() * NANOS_PER_SECOND / timeout.smoothedNanos() : 0;
        }
        long packets = (long) (rate * BURST_SECONDS / MSS);
        return Math.min(MAX_BURST_BYTES, Math.max(2, packets) * MSS);
    }

    private void pace() {
        if (!pacing) {
            pacing = true;
            clock.at(nextSendNanos, () -> {
                pacing = false;
                send();
            });
        }
    }

    /** Puts a burst on the link; what of it does not pass leaves all the same, as one packet that never arrives. */
    private void put(int wanted, boolean again) {
        int passing = link.passing(wanted);
        int bytes = passing == 0 ? Math.min(wanted, MSS) : passing;
        if (again) {
            retransmittedBytes += bytes;
            send(board.putLost(bytes, departure()), passing > 0);
        } else {
            send(board.putNew(bytes, departure()), passing > 0);
        }
    }

    private TcpScoreboard.Departure departure() {
        return new TcpScoreboard.Departure(
                clock.nowNanos(),
                deliveredBytes,
                deliveredAtNanos,
                firstSentAtNanos,
                applicationLimitedUntil >= deliveredBytes);
    }

    private void send(Copy copy, boolean passes) {
        lastSentAtNanos = clock.nowNanos();
        if (passes) {
            link.send(copy.bytes, () -> onArrival(copy));
        }
        if (!timer.isSet()) {
            restartTimer();
        }
    }

    // ---- receiving

    private void onArrival(Copy copy) {
        if (stopped) {
            return;
        }
        received.add(copy.from, copy.bytes);
        arrived.add(copy);
        long count = ++arrivals;
        long inOrder = received.inOrderBytes();
        reverse.sendSmall(() -> onAck(count, inOrder));
        onArrival.run();
    }

    // ---- acknowledgements

    private void onAck(long arrivalCount, long inOrderBytes) {
        if (stopped || arrivalCount <= arrivalsKnown) {
            return;
        }
        Copy newest = null;
        int ackedBytes = 0;
        while (arrivalsKnown < arrivalCount) {
            newest = arrived.poll();
            arrivalsKnown++;
            ackedBytes += board.onArrived(newest);
        }
        ackedBytes += board.onArrivedBefore(inOrderBytes);
        boolean lossFound = board.findLosses(newest);
        long nowNanos = clock.nowNanos();
        deliveredBytes += ackedBytes;
        timeout.onSample(nowNanos - newest.departure.sentAtNanos());
        if (ackedBytes > 0) {
            report(newest.departure, ackedBytes, nowNanos);
            timeout.onProgress();
            probed = false;
        }
        if (lossFound) {
            control.onLoss(nowNanos);
        }
        timer.stop();
        if (inFlightBytes() > 0) {
            restartTimer();
        }
        send();
        if (ackedBytes > 0) {
            onAcknowledged.run();
        }
    }

    private void report(TcpScoreboard.Departure newest, int ackedBytes, long nowNanos) {
        long sendNanos = newest.sentAtNanos() - newest.firstSentAtNanos();
        long ackNanos = nowNanos - newest.deliveredAtNanosBefore();
        firstSentAtNanos = newest.sentAtNanos();
        deliveredAtNanos = nowNanos;
        boolean roundStarts = newest.deliveredBefore() >= nextRoundAtDelivered;
        if (roundStarts) {
            nextRoundAtDelivered = deliveredBytes;
        }
        control.onAck(
                new TcpControl.Ack(
                        ackedBytes,
                        deliveredBytes,
                        nowNanos - newest.sentAtNanos(),
                        (deliveredBytes - newest.deliveredBefore())
                                * NANOS_PER_SECOND
                                / Math.max(1, Math.max(sendNanos, ackNanos)),
                        newest.applicationLimited(),
                        roundStarts,
                        inFlightBytes(),
                        windowLimited,
                        board.everLostBytes()),
                nowNanos);
        if (control.limitsItself()) {
            applicationLimitedUntil = deliveredBytes + inFlightBytes();
        }
    }

    // ---- time-outs

    private void restartTimer() {
        timerProbes = !probed && !timeout.isBackedOff() && timeout.isKnown() && !board.hasLost();
        long afterNanos = timerProbes ? timeout.probeNanos(board.hasOneOnTheWay()) : timeout.retransmissionNanos();
        timer.set(clock.nowNanos() + afterNanos);
    }

    private void onTimer() {
        if (stopped || board.isAllAcknowledged()) {
            return;
        }
        if (timerProbes) {
            probed = true;
            probe();
            return;
        }
        timeouts++;
        timeout.onTimeout();
        board.loseAll();
        control.onTimeout(clock.nowNanos());
        nextSendNanos = 0;
        send();
        if (!timer.isSet()) {
            restartTimer();
        }
    }

    /** The tail once more, whatever the window says. */
    private void probe() {
        int bytes = board.lastUnacknowledgedBytes();
        retransmittedBytes += bytes;
        boolean passes = link.passing(bytes) == bytes;
        send(board.putLast(departure()), passes);
    }
}
