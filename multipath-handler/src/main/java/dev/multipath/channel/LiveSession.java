package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * What a channel's session is called and how it is doing, for whoever asks. Published once a pump on the session's event loop,
 * without a lock and without any garbage; read from any thread.
 */
final class LiveSession {

    private static final AtomicLongFieldUpdater<LiveSession> QUEUED_BYTES =
            AtomicLongFieldUpdater.newUpdater(LiveSession.class, "queuedBytes");
    private static final AtomicLongFieldUpdater<LiveSession> UNACKNOWLEDGED_BYTES =
            AtomicLongFieldUpdater.newUpdater(LiveSession.class, "unacknowledgedBytes");

    private static final long NOT_ENDED = -1;

    private final ConnectionId connectionId;
    private final MemoryAccount memory;
    private final long begunAtNanos;

    // as AtomicLongs, but in this object: each turn of a session writes them
    private volatile long queuedBytes;
    private volatile long unacknowledgedBytes;

    private volatile long endedAtNanos = NOT_ENDED;
    private volatile boolean suspended;
    private final SessionRecording recording;

    private LiveSession(ConnectionId connectionId, MemoryAccount memory, long nowNanos) {
        this.connectionId = connectionId;
        this.memory = memory;
        begunAtNanos = nowNanos;
        recording = SessionRecording.of(connectionId);
        recording.onSession(SessionRecording.Change.OPENED, null);
    }

    /** A session begins, with the memory that its options, or those of its server, grant it. */
    static LiveSession begin(
            MemoryAccount.Holder holder, ConnectionId connectionId, MultipathSession session, OptionValues options) {
        MemoryAccount memory = MemoryAccount.open(options.get(MultipathChannelOption.MEMORY_BUDGET), holder);
        long nowNanos = SessionClock.nowNanos();
        memory.begin(session, nowNanos);
        return new LiveSession(connectionId, memory, nowNanos);
    }

    ConnectionId connectionId() {
        return connectionId;
    }

    MemoryAccount memory() {
        return memory;
    }

    SessionRecording recording() {
        return recording;
    }

    /** That of a channel, whose session is null before it begins. */
    static SessionRecording recording(LiveSession session) {
        return session == null ? SessionRecording.NONE : session.recording;
    }

    // ---- on the session's loop

    /**
     * The session has had something to do.
     *
     * @param beneathBytes what its channels hold beside it
     */
    void update(MultipathSession session, long beneathBytes, long nowNanos) {
        memory.update(session, beneathBytes, nowNanos);
        QUEUED_BYTES.lazySet(this, session.memory().queuedBytes());
        UNACKNOWLEDGED_BYTES.lazySet(this, session.unacknowledgedBytes());
        boolean nowSuspended = session.isSuspended();
        if (nowSuspended != suspended) {
            suspended = nowSuspended;
            recording.onSession(
                    nowSuspended ? SessionRecording.Change.SUSPENDED : SessionRecording.Change.RESUMED, null);
        }
    }

    /**
     * The session is over.
     *
     * @param failure why, if it has failed; else null
     */
    void close(MultipathException failure, long nowNanos) {
        if (endedAtNanos == NOT_ENDED) {
            endedAtNanos = nowNanos;
            recording.onSession(SessionRecording.Change.CLOSED, failure);
        }
        memory.close(nowNanos);
    }

    // ---- any thread

    /** The numbers of a channel, whose session is null before it begins. */
    static MultipathStats stats(LiveSession session, List<PathStats> paths) {
        return session == null ? new MultipathStats(paths, 0, 0, 0, false, null) : session.stats(paths);
    }

    private MultipathStats stats(List<PathStats> paths) {
        long endedNanos = endedAtNanos;
        long untilNanos = endedNanos == NOT_ENDED ? SessionClock.nowNanos() : endedNanos;
        return new MultipathStats(
                paths,
                memory.heldBytes(),
                queuedBytes,
                unacknowledgedBytes,
                suspended,
                Duration.ofNanos(untilNanos - begunAtNanos));
    }
}
