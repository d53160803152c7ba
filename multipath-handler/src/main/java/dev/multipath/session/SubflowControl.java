package dev.multipath.session;

import dev.multipath.codec.Frame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.Coupling;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import dev.multipath.scheduler.ArrivalTime;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.SentFrame.Transmission;
import java.util.ArrayDeque;

/** What a session knows of one subflow: its timing, what is on the way on it, and what control frames it owes the peer. */
final class SubflowControl implements Subflow, Carrier {

    /** No round trip can be told. */
    static final long NO_SAMPLE = -1;

    private static final double NANOS_PER_SECOND = 1e9;

    private final int id;
    private final StatsTracker tracker;
    private SubflowState state = SubflowState.ACTIVE;
    private boolean writable = true;

    private final SubflowTiming timing;
    private final Pings pings = new Pings();
    private final Flight flight;

    private long newReceivedBytes;
    /** It is late, and another is not. */
    private boolean passedOver;
    /** It is not trusted, and none is: so it has to do. */
    private boolean stopgap;

    private final AckQueue pendingAcks = new AckQueue();

    // ---- of the extended profile
    private final Handshake handshake;
    private final AckSchedule acks = new AckSchedule();
    private final ArrayDeque<Frame> outbox = new ArrayDeque<>(1);
    private final BackupWish backupWish = new BackupWish();
    private final Probation probation = new Probation();
    private final Silence silence = new Silence();

    private final SubflowTerms terms = new SubflowTerms();

    /** Of the frames below this number it is known whether a copy goes over this subflow: {@link Copies}'. */
    long askedUpTo;

    private Object attachment;

    SubflowControl(
            int id,
            StatsTracker tracker,
            Handshake handshake,
            CongestionControl congestionControl,
            Lateness lateness,
            long nowNanos) {
        this.id = id;
        timing = new SubflowTiming(lateness, nowNanos);
        flight = new Flight(timing.rtt(), congestionControl, nowNanos);
        this.handshake = handshake;
        this.tracker = tracker;
    }

    @Override
    public int id() {
        return id;
    }

    @Override
    public SubflowState state() {
        return state;
    }

    @Override
    public long smoothedRttNanos() {
        return timing.rtt().smoothedNanos();
    }

    @Override
    public long minRttNanos() {
        return timing.rtt().minNanos();
    }

    @Override
    public long rttVarianceNanos() {
        return timing.rtt().varianceNanos();
    }

    @Override
    public double deliveryRateBytesPerSecond() {
        return flight.deliveryRateBytesPerSecond();
    }

    @Override
    public long transportWindowBytes() {
        return flight.transportWindowBytes();
    }

    @Override
    public boolean isRateGrowing() {
        return !flight.hasSeenLimit();
    }

    @Override
    public long inFlightBytes() {
        return flight.inFlightBytes();
    }

    @Override
    public long inFlightLimitBytes() {
        return flight.limitBytes();
    }

    @Override
    public boolean canTake() {
        return hasRoom() && !passedOver;
    }

    /** Whether its path and channel could take a frame. */
    boolean hasRoom() {
        return writable && flight.hasRoom() && terms.limits.hasRoom();
    }

    @Override
    public boolean isUsable() {
        return canTake() || flight.makesRoom() || (terms.limits.isPaused() && !terms.limits.isSpent());
    }

    @Override
    public long sentBytes() {
        return flight.sentBytes();
    }

    @Override
    public String label() {
        return terms.label;
    }

    @Override
    public PathAttributes attributes() {
        return terms.attributes;
    }

    SubflowTerms terms() {
        return terms;
    }

    /** From now on it has one of several sockets of its path. */
    void couple(Coupling sockets) {
        flight.couple(sockets);
    }

    @Override
    public Object attachment() {
        return attachment;
    }

    @Override
    public void attach(Object newAttachment) {
        attachment = newAttachment;
    }

    @Override
    public long pathId() {
        return handshake.pathId;
    }

    @Override
    public long carriedBytes() {
        return flight.deliveredBytes() + newReceivedBytes;
    }

    @Override
    public boolean isTrusted() {
        return !probation.isUnderWay();
    }

    Probation probation() {
        return probation;
    }

    @Override
    public boolean isSuspect() {
        return silence.isSuspect();
    }

    Silence silence() {
        return silence;
    }

    long newReceivedBytes() {
        return newReceivedBytes;
    }

    void onNewReceived(int payloadBytes) {
        newReceivedBytes += payloadBytes;
        terms.limits.onReceived(payloadBytes);
    }

    @Override
    public boolean isBackup() {
        return isBackupHere() || backupWish.isPeer();
    }

    /** Whether this end wants it to be one. */
    boolean isBackupHere() {
        return backupWish.isHere() || terms.isBackup();
    }

    BackupWish backupWish() {
        return backupWish;
    }

    @Override
    public boolean isSettled() {
        return handshake.state == Handshake.State.DONE;
    }

    Handshake handshake() {
        return handshake;
    }

    /** Acknowledgements in the extended profile. */
    AckSchedule acks() {
        return acks;
    }

    /** Control frames of the extended profile that are to leave, in order. */
    ArrayDeque<Frame> outbox() {
        return outbox;
    }

    StatsTracker tracker() {
        return tracker;
    }

    void state(SubflowState newState) {
        state = newState;
        if (newState == SubflowState.CLOSED) {
            flight.onClosed();
        }
    }

    boolean isWritable() {
        return writable;
    }

    void writable(boolean nowWritable) {
        writable = nowWritable;
    }

    /** What is on the way on it. */
    Flight flight() {
        return flight;
    }

    @Override
    public boolean onTransport(TransportStats stats, long nowNanos) {
        if (stats.isAllArrived() && isDoubtful(nowNanos)) {
            timing.onArrived(nowNanos);
        }
        return flight.onTransport(stats, nowNanos);
    }

    @Override
    public boolean isDoubtful(long nowNanos) {
        return state == SubflowState.ACTIVE && nowNanos >= staleAtNanos(0);
    }

    // ---- data on the way

    void onSent(SentFrame frame, long nowNanos) {
        if (flight.isEmpty()) {
            // Idle until now: the staleness clock may not count that time.
            timing.onProgress(nowNanos);
        }
        terms.limits.onSent(frame.payloadBytes);
        long arrivesAtNanos = arrivesAtNanos(frame.payloadBytes, nowNanos);
        flight.onSent(frame, this, arrivesAtNanos, timing.overdueAtNanos(arrivesAtNanos, nowNanos), nowNanos);
    }

    /** When the peer should have so many bytes that are given to it now; {@link Deadline#NONE} if nothing is known. */
    long arrivesAtNanos(long payloadBytes, long nowNanos) {
        double seconds = ArrivalTime.seconds(this, payloadBytes);
        return seconds == ArrivalTime.UNKNOWN ? Deadline.NONE : nowNanos + (long) (seconds * NANOS_PER_SECOND);
    }

    /** It could take more, and nothing more came. */
    void onUnused() {
        flight.onUnused();
    }

    /**
     * The peer acknowledged this copy, on this subflow.
     *
     * @param rttNanos the round trip that it took, or {@link #NO_SAMPLE}
     */
    void onDelivered(Transmission transmission, long rttNanos, long nowNanos) {
        probation.onDelivered(transmission.frame.payloadBytes);
        flight.onDelivered(transmission, nowNanos);
        onAnswer(transmission.sentAtNanos, retransmissionTimeoutNanos(), nowNanos);
        if (!timing.isSample(transmission.sentAtNanos)) {
            return;
        }
        if (rttNanos != NO_SAMPLE) {
            onRttSample(rttNanos, nowNanos);
        }
        flight.sample(transmission, nowNanos);
    }

    private void onAnswer(long sentAtNanos, long timeoutNanos, long nowNanos) {
        if (timing.onAnswer(sentAtNanos, timeoutNanos, state == SubflowState.STALE, nowNanos)) {
            flight.onOutage(nowNanos);
        }
    }

    @Override
    public void onResolved(int payloadBytes) {
        flight.onResolved(payloadBytes);
    }

    @Override
    public boolean isReliable() {
        return state == SubflowState.ACTIVE && (isTrusted() || stopgap);
    }

    @Override
    public boolean isProgressing() {
        return isReliable() && !isLate();
    }

    /** The oldest copy on the way, or null. */
    Transmission oldestOutstanding() {
        return flight.oldest();
    }

    Iterable<Transmission> outstanding() {
        return flight.all();
    }

    // ---- timing

    /** The answer to its preface has taken so long: a round trip, unless it was as late as after an outage. */
    void onHandshake(long rttNanos, long nowNanos) {
        if (rttNanos <= retransmissionTimeoutNanos()) {
            onRttSample(rttNanos, nowNanos);
        } else {
            timing.rtt().onLateAnswer();
        }
    }

    void onRttSample(long sampleNanos, long nowNanos) {
        timing.rtt().onSample(sampleNanos, nowNanos);
        tracker.onRttUpdated(smoothedRttNanos());
    }

    long retransmissionTimeoutNanos() {
        return timing.retransmissionTimeoutNanos();
    }

    /** When it is to be called stale if nothing is acknowledged before; {@link Deadline#NONE} if never. */
    long staleAtNanos(long answeredElsewhereNanos) {
        return timing.staleAtNanos(oldestOutstanding(), pings, answeredElsewhereNanos);
    }

    /** When it is to be called late if nothing is acknowledged before; {@link Deadline#NONE} if never. */
    long lateAtNanos() {
        return timing.lateAtNanos(oldestOutstanding());
    }

    /** When it is to be asked again what it is like, if nobody uses it; {@link Deadline#NONE} if never. */
    long refreshAtNanos() {
        return isIdle() ? timing.refreshAtNanos(pings) : Deadline.NONE;
    }

    /** Whether it has made no progress for so long that it gets no new data while another does. */
    boolean isLate() {
        return timing.isLate();
    }

    /** It is late, or still is. Returns whether that is new. */
    boolean late(long nowNanos) {
        boolean isNew = timing.late(oldestOutstanding(), nowNanos);
        if (isNew) {
            flight.onStall(nowNanos);
        }
        return isNew;
    }

    /** Whether it is late while others are not, so that it is left alone; and whether it has to do, as none is trusted. */
    void besideOthers(boolean nowPassedOver, boolean nowStopgap) {
        passedOver = nowPassedOver;
        stopgap = nowStopgap;
    }

    @Override
    public long silentNanos() {
        return timing.silentNanos();
    }

    SubflowTiming timing() {
        return timing;
    }

    @Override
    public long heardAtNanos() {
        return timing.heardAtNanos();
    }

    // ---- control frames

    AckQueue pendingAcks() {
        return pendingAcks;
    }

    Pings pings() {
        return pings;
    }

    boolean takePing(long nowNanos) {
        return pings.take(flight.sentFrames(), nowNanos);
    }

    /** A pong came: samples the round trip if one was expected. Returns whether it was. */
    boolean onPong(long nowNanos) {
        if (!pings.onPong()) {
            timing.onProgress(nowNanos);
            return false;
        }
        long sentAtNanos = pings.sentAtNanos();
        onAnswer(sentAtNanos, timing.pingTimeoutNanos(), nowNanos);
        if (timing.isSample(sentAtNanos)) {
            if (isIdle() && pings.sequence() == flight.sentFrames()) {
                flight.onIdleRtt(nowNanos - sentAtNanos, nowNanos);
                tracker.onRttUpdated(smoothedRttNanos());
            } else {
                onRttSample(nowNanos - sentAtNanos, nowNanos);
            }
        }
        return true;
    }

    /** Whether nothing is on the way, so that only an unanswered ping can make this subflow stale. */
    boolean isIdle() {
        return oldestOutstanding() == null;
    }
}
