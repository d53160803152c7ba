package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.scheduler.LowestRttScheduler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * Two real session cores, the links between them as queues of frames, and the applications: a world in which one thing
 * happens at a time, chosen from outside. Frames take no time; only {@link ModelChoice.Kind#TIMER} lets time pass.
 */
final class ModelWorld {

    /** Nothing happens to the subflow afterwards, and its channel is to be closed. */
    static final Set<SessionEvent.OfSubflow.Kind> ENDS_OF_SUBFLOWS =
            Set.of(SessionEvent.OfSubflow.Kind.REMOVED, SessionEvent.OfSubflow.Kind.REFUSED);

    static final int CLIENT = 0;
    static final int SERVER = 1;

    private static final int WINDOW_BYTES = 64 << 10;
    private static final int LIMIT_BYTES = 1 << 20;
    private static final int FRAME_BYTES = 32 << 10;
    private static final int WARM_UP_BYTES = FRAME_BYTES;

    /** When nothing else can happen, an acknowledgement may be due; who waits longer waits for what was forgotten. */
    private static final long PROMPT_NANOS = 2_000_000;

    /** Time-outs of handshakes and resumptions, which are longer, do not come while there is something else to happen. */
    private static final long PATIENCE_NANOS = 6_000_000_000L;

    private static final SessionConfig CONFIG = new SessionConfig(
            LIMIT_BYTES,
            LIMIT_BYTES,
            FRAME_BYTES,
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            new ExtendedConfig(true, false, Duration.ofSeconds(60), WINDOW_BYTES, Duration.ofSeconds(10), 16, false));

    private static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(false, true);
    private static final ConnectionId CONNECTION_ID = ConnectionId.of(new UUID(1, 2));

    /** What is sent, in both directions: position tells content. */
    private static final byte[] STREAM = new byte[512 << 10];

    static {
        new Random(5).nextBytes(STREAM);
    }

    private static final class Link {
        final Subflow[] subflows = new Subflow[2];
        final List<ArrayDeque<Frame>> arriving = List.of(new ArrayDeque<>(), new ArrayDeque<>());
        final boolean[] noticed = new boolean[2];
        boolean dead;
    }

    private final ModelScenario scenario;
    private final MultipathSession[] ends = new MultipathSession[2];
    private final List<Link> links = new ArrayList<>();
    private final int[] written = new int[2];
    private final boolean[] finished = new boolean[2];
    private final int[] sentBytes = new int[2];
    private final int[] readBytes = new int[2];
    private int detoursLeft = Integer.MAX_VALUE;
    private int failuresLeft;
    private int timersLeft;
    private int backupsLeft;
    private long nowNanos = 5_000_000_000L;

    ModelWorld(ModelScenario scenario) throws SubflowViolationException {
        this.scenario = scenario;
        failuresLeft = scenario.failures();
        timersLeft = scenario.timers();
        backupsLeft = scenario.backups();
        for (int end : new int[] {CLIENT, SERVER}) {
            ends[end] = new MultipathSession(
                    CONFIG,
                    end == CLIENT ? SessionRole.CLIENT : SessionRole.SERVER,
                    CONNECTION_ID,
                    SessionPolicies.of(new LowestRttScheduler()),
                    ALLOCATOR,
                    new Random(end));
        }
        connect(JoinOffer.FIRST);
        deliverAll();
        warmUp();
        while (links.size() < scenario.links()) {
            connect(ends[CLIENT].offerJoin());
            deliverAll();
        }
        detoursLeft = scenario.detours();
    }

    /** Frames are as large as they can be once something is known of a link: fewer of them, fewer states. */
    private void warmUp() throws SubflowViolationException {
        for (int end : new int[] {CLIENT, SERVER}) {
            send(end, WARM_UP_BYTES);
            deliverAll();
            read(1 - end);
            nowNanos += PROMPT_NANOS;
            settle(1 - end);
            deliverAll();
        }
    }

    private void connect(JoinOffer offer) {
        Link link = new Link();
        links.add(link);
        for (int end : new int[] {CLIENT, SERVER}) {
            link.subflows[end] = ends[end].addSubflow(StatsTracker.NONE, -1, end == CLIENT ? offer : null, nowNanos);
            link.subflows[end].attach(link);
        }
        link.arriving.get(SERVER).addAll(offer.frames());
        settle(CLIENT);
        settle(SERVER);
    }

    private void deliverAll() throws SubflowViolationException {
        ModelChoice delivery;
        while ((delivery = firstDelivery()) != null) {
            apply(delivery);
        }
    }

    private ModelChoice firstDelivery() {
        for (ModelChoice choice : choices()) {
            if (choice.kind() == ModelChoice.Kind.DELIVER) {
                return choice;
            }
        }
        return null;
    }

    // ---- choices

    /** All that can happen now. Who always takes the first is fair: nothing waits for ever. */
    List<ModelChoice> choices() {
        List<ModelChoice> choices = allChoices();
        return detoursLeft == 0 ? choices.subList(0, 1) : choices;
    }

    private List<ModelChoice> allChoices() {
        List<ModelChoice> choices = new ArrayList<>();
        int live = 0;
        for (int i = 0; i < links.size(); i++) {
            Link link = links.get(i);
            live += link.dead ? 0 : 1;
            for (int end = 0; end < 2; end++) {
                if (link.dead && !link.noticed[end]) {
                    choices.add(new ModelChoice(ModelChoice.Kind.NOTICE, i, end));
                }
            }
        }
        if (live < scenario.wanted() && ends[SERVER].acceptsJoins()) {
            choices.add(new ModelChoice(ModelChoice.Kind.JOIN, -1, -1));
        }
        for (int i = 0; i < links.size(); i++) {
            for (int end = 0; end < 2; end++) {
                if (!links.get(i).arriving.get(end).isEmpty()) {
                    choices.add(new ModelChoice(ModelChoice.Kind.DELIVER, i, end));
                }
            }
        }
        for (int end = 0; end < 2; end++) {
            if (!finished[end]) {
                choices.add(new ModelChoice(ModelChoice.Kind.WRITE, -1, end));
            }
            if (ends[end].hasReceived()) {
                choices.add(new ModelChoice(ModelChoice.Kind.READ, -1, end));
            }
        }
        if (choices.isEmpty() || (timersLeft > 0 && nextDeadlineNanos() - nowNanos <= PATIENCE_NANOS)) {
            choices.add(new ModelChoice(ModelChoice.Kind.TIMER, -1, -1));
        }
        for (int i = 0; i < links.size(); i++) {
            Link link = links.get(i);
            if (!link.dead && failuresLeft > 0) {
                choices.add(new ModelChoice(ModelChoice.Kind.FAIL, i, -1));
            }
            for (int end = 0; end < 2; end++) {
                if (backupsLeft > 0 && link.subflows[end].state() == SubflowState.ACTIVE) {
                    choices.add(new ModelChoice(ModelChoice.Kind.BACKUP, i, end));
                }
            }
        }
        return choices;
    }

    void apply(ModelChoice choice) throws SubflowViolationException {
        if (detoursLeft < Integer.MAX_VALUE && !choice.equals(allChoices().get(0))) {
            detoursLeft--;
        }
        switch (choice.kind()) {
            case NOTICE -> notice(links.get(choice.link()), choice.end());
            case JOIN -> connect(ends[CLIENT].offerJoin());
            case DELIVER -> deliver(links.get(choice.link()), choice.end());
            case WRITE -> write(choice.end());
            case READ -> read(choice.end());
            case TIMER -> passTime();
            case BACKUP -> callBackup(links.get(choice.link()), choice.end());
            case FAIL -> fail(links.get(choice.link()));
        }
    }

    /** What is on the way is lost; the ends find out each in its own time. */
    private void fail(Link link) {
        failuresLeft--;
        link.dead = true;
        for (ArrayDeque<Frame> queue : link.arriving) {
            queue.forEach(ReferenceCountUtil::release);
            queue.clear();
        }
    }

    private void callBackup(Link link, int end) {
        backupsLeft--;
        ends[end].setBackup(link.subflows[end], true);
        settle(end);
    }

    private void notice(Link link, int end) {
        link.noticed[end] = true;
        ends[end].onSubflowFailed(link.subflows[end], null, nowNanos);
        settle(end);
    }

    private void deliver(Link link, int end) throws SubflowViolationException {
        ArrayDeque<Frame> queue = link.arriving.get(end);
        boolean wasFull = queue.size() >= scenario.capacity();
        Frame frame = queue.poll();
        require(ends[end].wantsInput(), "a subflow is not read");
        ends[end].onFrame(link.subflows[end], frame, nowNanos);
        if (wasFull && queue.size() < scenario.capacity()) {
            ends[1 - end].onWritabilityChanged(link.subflows[1 - end], true);
            settle(1 - end);
        }
        settle(end);
    }

    private void write(int end) {
        if (written[end] == scenario.writes()[end]) {
            finished[end] = true;
            ends[end].shutdownOutput();
        } else {
            written[end]++;
            send(end, scenario.pieceBytes());
            return;
        }
        settle(end);
    }

    private void send(int end, int bytes) {
        ends[end].send(Unpooled.wrappedBuffer(STREAM, sentBytes[end], bytes));
        sentBytes[end] += bytes;
        settle(end);
    }

    private void read(int end) {
        while (ends[end].hasReceived()) {
            readPiece(end);
        }
        settle(end);
    }

    private void readPiece(int end) {
        ByteBuf piece = ends[end].pollReceived();
        int at = readBytes[end];
        int bytes = piece.readableBytes();
        for (int offset = 0; offset < bytes; offset += Math.max(1, bytes - 1)) {
            require(piece.getByte(piece.readerIndex() + offset) == STREAM[at + offset], "other bytes than were sent");
        }
        readBytes[end] += bytes;
        piece.release();
    }

    private void passTime() {
        boolean nothingElse = allChoices().get(0).kind() == ModelChoice.Kind.TIMER;
        long deadlineNanos = nextDeadlineNanos();
        require(deadlineNanos != Deadline.NONE, "nothing can ever happen again");
        if (nothingElse) {
            require(deadlineNanos - nowNanos <= PROMPT_NANOS, "everybody waits for something that does not come");
        } else {
            timersLeft--;
        }
        nowNanos = Math.max(nowNanos, deadlineNanos);
        for (int end = 0; end < 2; end++) {
            if (ends[end].nextDeadlineNanos() <= nowNanos) {
                ends[end].onTimeout(nowNanos);
                settle(end);
            }
        }
    }

    private long nextDeadlineNanos() {
        return Math.min(ends[CLIENT].nextDeadlineNanos(), ends[SERVER].nextDeadlineNanos());
    }

    /** What the owner of a session does after everything that happens to it. */
    private void settle(int end) {
        SessionEvent event;
        while ((event = ends[end].pollEvent()) != null) {
            if (event instanceof SessionEvent.OfSubflow of && ENDS_OF_SUBFLOWS.contains(of.kind())) {
                Link link = (Link) of.subflow().attachment();
                require(link.dead, "a link that lives was given up: " + of.cause());
                link.noticed[end] = true;
            }
        }
        ends[end].transmit(nowNanos, (subflow, frame) -> {
            Link link = (Link) subflow.attachment();
            ArrayDeque<Frame> queue = link.arriving.get(1 - end);
            if (link.dead) {
                ReferenceCountUtil.release(frame);
                return true;
            }
            queue.add(frame);
            return queue.size() < scenario.capacity();
        });
    }

    // ---- what must be so

    boolean isDone() {
        for (int end = 0; end < 2; end++) {
            if (!ends[end].isOver() || !ends[end].isInputEnded() || ends[end].unacknowledgedBytes() > 0) {
                return false;
            }
        }
        return links.stream().allMatch(ModelWorld::isAgreedOn);
    }

    /** Whether both ends think the same of a link, unless it is gone. */
    private static boolean isAgreedOn(Link link) {
        Subflow client = link.subflows[CLIENT];
        Subflow server = link.subflows[SERVER];
        return link.dead || client.isBackup() == server.isBackup();
    }

    void checkInvariants() {
        checkInvariants(CLIENT);
        checkInvariants(SERVER);
    }

    /** The extended profile, decided on or not. */
    private static Object profile(MultipathSession session) {
        Object undecidedOn = ModelFingerprint.read(session.core.negotiation, "extended");
        return undecidedOn != null ? undecidedOn : ModelFingerprint.read(session.core.negotiation, "profile");
    }

    private void checkInvariants(int end) {
        MultipathSession session = ends[end];
        require(session.failure() == null, "failed: " + session.failure());
        Object receiveCredit = ModelFingerprint.read(profile(session), "receiveCredit");
        long granted = (long) ModelFingerprint.read(receiveCredit, "grantedBytes");
        long received = (long) ModelFingerprint.read(receiveCredit, "receivedBytes");
        long consumed = (long) ModelFingerprint.read(receiveCredit, "consumedBytes");
        Object sendCredit = ModelFingerprint.read(profile(ends[1 - end]), "sendCredit");
        long peerHolds = (long) ModelFingerprint.read(sendCredit, "grantedBytes");
        long spent = (long) ModelFingerprint.read(sendCredit, "spentBytes");
        require(consumed == readBytes[end], "consumed is not what was read");
        require(received - consumed == session.bufferedReceiveBytes(), "what is held is not what was received");
        require(received <= spent && spent <= peerHolds && peerHolds <= granted, "more was sent than granted");
        require(granted <= consumed + LIMIT_BYTES, "more was granted than can be held");
        require(granted >= WINDOW_BYTES, "less was granted than what may be sent unasked");
        require(!session.isInputEnded() || readBytes[end] == sentBytes[1 - end], "the stream has ended before its end");
        long inFlight = 0;
        for (Subflow subflow : session.subflows()) {
            require(subflow.inFlightBytes() >= 0, "less than nothing in flight");
            inFlight += subflow.inFlightBytes();
        }
        require(
                !isDone()
                        || inFlight == 0
                        || scenario.failures() > failuresLeft
                        || scenario.timers() > timersLeft
                        || links.stream()
                                .anyMatch(link -> !link.arriving.get(end).isEmpty()),
                "all is over, but something is in flight");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalStateException(otherwise);
        }
    }

    long fingerprint() {
        ModelFingerprint fingerprint = new ModelFingerprint(nowNanos);
        fingerprint.add(detoursLeft).add(failuresLeft).add(timersLeft).add(backupsLeft);
        for (int end = 0; end < 2; end++) {
            fingerprint.add(written[end]).add(finished[end]).add(readBytes[end]);
        }
        for (Link link : links) {
            fingerprint.add(link.dead).add(link.noticed[CLIENT]).add(link.noticed[SERVER]);
            for (ArrayDeque<Frame> queue : link.arriving) {
                fingerprint.add(queue.size());
                queue.forEach(frame -> addFrame(fingerprint, frame));
            }
        }
        return fingerprint.add(ends[CLIENT]).add(ends[SERVER]).hash();
    }

    private static void addFrame(ModelFingerprint fingerprint, Frame frame) {
        if (frame instanceof ControlFrame control) {
            fingerprint.add(control.number());
        } else if (frame instanceof DataFrame data) {
            fingerprint.add(data.frameNumber());
        } else {
            fingerprint.add(frame);
        }
    }

    void release() {
        for (Link link : links) {
            link.arriving.forEach(queue -> queue.forEach(ReferenceCountUtil::release));
        }
        ends[CLIENT].release();
        ends[SERVER].release();
    }
}
