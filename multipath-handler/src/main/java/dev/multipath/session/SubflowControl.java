package dev.multipath.session;

import dev.multipath.codec.Frame;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.PathLimits;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.ArrivalTime;
import dev.multipath.scheduler.PathAttributes;
import java.util.ArrayDeque;

/** What a session knows of one subflow: its timing, what is on the way on it, and what control frames it owes the peer. */
final class SubflowControl implements Subflow, Carrier {

    /** Below every sequence number: the first word of the peer is heeded whatever its number. */
    private static final long NONE_YET = -1;

    /** No round trip can be told. */
    static final long NO_SAMPLE = -1;

    /** The peer's acknowledgement may wait 2 ms, and each event loop takes its time. */
    private static final long GRACE_NANOS = 5_000_000;

    private static final double NANOS_PER_SECOND = 1e9;

    /** One pong answers all pings that came since the last; this bounds what a flood of pings costs. */
    private static final int MAX_PENDING_PONGS = 4;

    /** A ping in that time costs an unused path next to nothing, and a path that is good again is soon known as such. */
    private static final long MIN_REFRESH_NANOS = 500_000_000L;

    /** On long paths: so that the question is not on its way all the time. */
    private static final int REFRESH_RTTS = 2;

    private final int id;
    private final StatsTracker tracker;
    private SubflowState state = SubflowState.ACTIVE;
    private boolean writable = true;

    private final RttEstimator rtt = new RttEstimator();
    private final Flight flight;

    private long newReceivedBytes;
    private long progressAtNanos;
    private long heardAtNanos;

    private final AckQueue pendingAcks = new AckQueue();
    private int pendingPongs;
    private boolean pingPending;
    private boolean pingOutstanding;
    private long pingSentAtNanos;
    private long notListeningAtNanos;

    /** Between what was sent before and its answer lies an outage, or a time in which we did not look. */
    private long undisturbedSinceNanos;

    private boolean late;
    private long pingSequence;
    private long probeAtNanos;

    // ---- of the extended profile
    private final Handshake handshake;
    private final AckSchedule acks = new AckSchedule();
    private final ArrayDeque<Frame> outbox = new ArrayDeque<>(1);
    private boolean localBackup;
    private boolean peerBackup;
    private long peerStatusSequence = NONE_YET;

    private final Probation probation = new Probation();
    private final Silence silence = new Silence();

    // ---- of its path
    private String label = "";
    private PathAttributes attributes = PathAttributes.DEFAULT;
    private PathLimits limits = new PathLimits();

    /** Whether the peer was told that this end's terms make it a backup. */
    private boolean backupTold;

    /** Of the frames below this number it is known whether a copy goes over this subflow: {@link Copies}'. */
    private long askedUpTo;

    private Object attachment;

    SubflowControl(
            int id, StatsTracker tracker, Handshake handshake, CongestionControl congestionControl, long nowNanos) {
        this.id = id;
        flight = new Flight(rtt, congestionControl, nowNanos);
        this.handshake = handshake;
        this.tracker = tracker;
        progressAtNanos = nowNanos;
        heardAtNanos = nowNanos;
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
        return rtt.smoothedNanos();
    }

    @Override
    public long minRttNanos() {
        return rtt.minNanos();
    }

    @Override
    public long rttVarianceNanos() {
        return rtt.varianceNanos();
    }

    @Override
    public double deliveryRateBytesPerSecond() {
        return flight.deliveryRateBytesPerSecond();
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
        return writable && flight.hasRoom() && limits.hasRoom();
    }

    @Override
    public boolean isUsable() {
        return canTake() || !flight.isEmpty() || (limits.isPaused() && !limits.isSpent());
    }

    @Override
    public long sentBytes() {
        return flight.sentBytes();
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public PathAttributes attributes() {
        return attributes;
    }

    /** How fast, and how much, this end may send on its path. */
    PathLimits limits() {
        return limits;
    }

    void path(String newLabel, PathAttributes newAttributes, PathLimits newLimits) {
        label = newLabel;
        attributes = newAttributes;
        limits = newLimits;
    }

    boolean isBackupTold() {
        return backupTold;
    }

    void backupTold(boolean told) {
        backupTold = told;
    }

    /** Whether it is a backup by what is wanted of its path, or since its quota is used up. */
    boolean isBackupByTerms() {
        return attributes.backup() || limits.isSpent();
    }

    long askedUpTo() {
        return askedUpTo;
    }

    void askedUpTo(long frameNumber) {
        askedUpTo = frameNumber;
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

    /** Of the peer's direction. */
    Silence silence() {
        return silence;
    }

    long newReceivedBytes() {
        return newReceivedBytes;
    }

    void onNewReceived(int payloadBytes) {
        newReceivedBytes += payloadBytes;
        limits.onReceived(payloadBytes);
    }

    @Override
    public boolean isBackup() {
        return isBackupHere() || peerBackup;
    }

    /** Whether this end wants it to be one. */
    boolean isBackupHere() {
        return localBackup || isBackupByTerms();
    }

    void localBackup(boolean backup) {
        localBackup = backup;
    }

    /** Of the newest word of the peer on this subflow's status. */
    long peerStatusSequence() {
        return peerStatusSequence;
    }

    void peerStatus(long sequence, boolean backup) {
        peerStatusSequence = sequence;
        peerBackup = backup;
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
    }

    boolean isWritable() {
        return writable;
    }

    void writable(boolean nowWritable) {
        writable = nowWritable;
    }

    /** The payload size for a frame of bulk data on this subflow. */
    int bulkFrameBytes(int maxFrameBytes) {
        return flight.bulkFrameBytes(maxFrameBytes);
    }

    // ---- data on the way

    void onSent(SentFrame frame, long nowNanos) {
        if (flight.isEmpty()) {
            // Idle until now: the staleness clock may not count that time.
            progressAtNanos = nowNanos;
        }
        limits.onSent(frame.payloadBytes);
        long arrivesAtNanos = arrivesAtNanos(frame.payloadBytes, nowNanos);
        flight.onSent(frame, this, arrivesAtNanos, overdueAtNanos(arrivesAtNanos, nowNanos), nowNanos);
    }

    /** When the peer should have so many bytes that are given to it now; {@link Deadline#NONE} if nothing is known. */
    long arrivesAtNanos(long payloadBytes, long nowNanos) {
        double seconds = ArrivalTime.seconds(this, payloadBytes);
        return seconds == ArrivalTime.UNKNOWN ? Deadline.NONE : nowNanos + (long) (seconds * NANOS_PER_SECOND);
    }

    /**
     * When the acknowledgement of what is sent now would be so late that its path is more likely in trouble than just slow. By
     * what is known now: in trouble its round trips grow and vary.
     */
    private long overdueAtNanos(long arrivesAtNanos, long nowNanos) {
        if (arrivesAtNanos == Deadline.NONE) {
            return nowNanos + retransmissionTimeoutNanos();
        }
        long answerAtNanos = Math.max(arrivesAtNanos + rtt.minNanos() / 2, nowNanos + rtt.smoothedNanos());
        return answerAtNanos + 4 * rtt.varianceNanos() + GRACE_NANOS;
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
        if (transmission.sentAtNanos < undisturbedSinceNanos) {
            return;
        }
        if (rttNanos != NO_SAMPLE) {
            onRttSample(rttNanos, nowNanos);
        }
        flight.sample(transmission, nowNanos);
    }

    /**
     * Something that was sent then is answered. If that took so long, without any other progress, that it makes a subflow
     * stale, or would have done so if there had been another or a timer had been looked at, it was an outage, or a gap in
     * our own time. That tells nothing of round trips or rates; unless it happens again and again: see {@link RttEstimator}.
     */
    private void onAnswer(long sentAtNanos, long timeoutNanos, long nowNanos) {
        long silentSinceNanos = Math.max(Math.max(sentAtNanos, progressAtNanos), notListeningAtNanos);
        if (state == SubflowState.STALE || nowNanos - silentSinceNanos > timeoutNanos) {
            undisturbedSinceNanos = nowNanos;
            rtt.onLateAnswer();
            flight.onOutage(nowNanos);
        }
        progressAtNanos = nowNanos;
    }

    @Override
    public void onResolved(int payloadBytes) {
        flight.onResolved(payloadBytes);
    }

    @Override
    public boolean isReliable() {
        return state == SubflowState.ACTIVE && isTrusted();
    }

    @Override
    public boolean isProgressing() {
        return isReliable() && !late;
    }

    /** The oldest copy on the way, or null. */
    Transmission oldestOutstanding() {
        return flight.oldest();
    }

    Iterable<Transmission> outstanding() {
        return flight.all();
    }

    /** The oldest copy whose acknowledgement has not come on this subflow, resolved or not, if the peer got it. */
    Transmission pollReceivedByPeer(long framesReceivedByPeer) {
        return flight.pollReceivedByPeer(framesReceivedByPeer);
    }

    /** How many copies this subflow was given. */
    long sentFrames() {
        return flight.sentFrames();
    }

    // ---- timing

    /** The answer to its preface has taken so long: a round trip, unless it was as late as {@link #onAnswer} says. */
    void onHandshake(long rttNanos, long nowNanos) {
        if (rttNanos <= retransmissionTimeoutNanos()) {
            onRttSample(rttNanos, nowNanos);
        } else {
            rtt.onLateAnswer();
        }
    }

    void onRttSample(long sampleNanos, long nowNanos) {
        rtt.onSample(sampleNanos, nowNanos);
        tracker.onRttUpdated(rtt.smoothedNanos());
    }

    long retransmissionTimeoutNanos() {
        return rtt.retransmissionTimeoutNanos();
    }

    /** When this subflow is to be called stale if nothing is acknowledged before; {@link Deadline#NONE} if never. */
    long staleAtNanos() {
        Transmission oldest = oldestOutstanding();
        if (oldest != null) {
            long sinceNanos = Math.max(progressAtNanos, oldest.sentAtNanos);
            return Math.max(sinceNanos, notListeningAtNanos) + retransmissionTimeoutNanos();
        }
        return pingOutstanding ? Math.max(pingSentAtNanos, notListeningAtNanos) + pingTimeoutNanos() : Deadline.NONE;
    }

    /**
     * When this subflow is to be called late, if nothing is acknowledged before: a round trip and what it varies by have passed
     * without progress. {@link Deadline#NONE} if never.
     */
    long lateAtNanos() {
        Transmission oldest = oldestOutstanding();
        if (late || oldest == null || !rtt.isKnown()) {
            return Deadline.NONE;
        }
        long sinceNanos = Math.max(Math.max(progressAtNanos, oldest.sentAtNanos), notListeningAtNanos);
        // What another subflow's acknowledgement has told of, its own may tell later.
        long toldNanos = oldest.frame.isAcknowledged() ? AckSchedule.MAX_TOLD_DELAY_NANOS : 0;
        return sinceNanos + rtt.smoothedNanos() + 4 * rtt.varianceNanos() + GRACE_NANOS + toldNanos;
    }

    /** Whether it has made no progress for so long that it gets no new data while another does. */
    boolean isLate() {
        return late;
    }

    void late(long nowNanos) {
        late = true;
        flight.onStall(nowNanos);
    }

    /** It makes progress, or counts as stale from now on. Returns whether it was late. */
    boolean takeLate() {
        boolean was = late;
        late = false;
        return was;
    }

    private long pingTimeoutNanos() {
        return 2 * retransmissionTimeoutNanos();
    }

    /** Nothing is read at present, so silence tells nothing; and an answer that waits unread tells no round trip. */
    void onNotListening(long nowNanos) {
        notListeningAtNanos = nowNanos;
        undisturbedSinceNanos = nowNanos;
    }

    void onHeard(long nowNanos) {
        heardAtNanos = nowNanos;
    }

    @Override
    public long heardAtNanos() {
        return heardAtNanos;
    }

    /** When a subflow that has been silent is to be pinged. */
    long probeAtNanos() {
        return probeAtNanos;
    }

    void probeAtNanos(long atNanos) {
        probeAtNanos = atNanos;
    }

    // ---- control frames

    AckQueue pendingAcks() {
        return pendingAcks;
    }

    void requestPong() {
        pendingPongs = Math.min(pendingPongs + 1, MAX_PENDING_PONGS);
    }

    boolean takePong() {
        if (pendingPongs == 0) {
            return false;
        }
        pendingPongs--;
        return true;
    }

    /** Asks for a ping, unless one is on the way: the subflow is reliable, so a second would only queue behind it. */
    void requestPing() {
        pingPending = !pingOutstanding;
    }

    boolean takePing(long nowNanos) {
        if (!pingPending) {
            return false;
        }
        pingPending = false;
        pingOutstanding = true;
        pingSentAtNanos = nowNanos;
        pingSequence = flight.sentFrames();
        return true;
    }

    /** When the last ping was sent. */
    long pingSentAtNanos() {
        return pingSentAtNanos;
    }

    /** A pong came: samples the round trip if one was expected. Returns whether it was. */
    boolean onPong(long nowNanos) {
        if (!pingOutstanding) {
            progressAtNanos = nowNanos;
            return false;
        }
        pingOutstanding = false;
        onAnswer(pingSentAtNanos, pingTimeoutNanos(), nowNanos);
        if (pingSentAtNanos >= undisturbedSinceNanos) {
            if (isIdle() && pingSequence == flight.sentFrames()) {
                rtt.onIdleSample(nowNanos - pingSentAtNanos, nowNanos);
                tracker.onRttUpdated(rtt.smoothedNanos());
            } else {
                onRttSample(nowNanos - pingSentAtNanos, nowNanos);
            }
        }
        return true;
    }

    /** When what is known of a round trip that was better once is too old to choose by; never while it is asked. */
    long refreshAtNanos() {
        return pingOutstanding || pingPending || !rtt.isInflated() || !isIdle()
                ? Deadline.NONE
                : Math.max(rtt.sampledAtNanos(), pingSentAtNanos)
                        + Math.max(MIN_REFRESH_NANOS, REFRESH_RTTS * smoothedRttNanos());
    }

    /** The {@link Transmission#sequence} before which everything was sent ahead of the last ping. */
    long pingSequence() {
        return pingSequence;
    }

    /** Whether nothing is on the way, so that only an unanswered ping can make this subflow stale. */
    boolean isIdle() {
        return oldestOutstanding() == null;
    }
}
