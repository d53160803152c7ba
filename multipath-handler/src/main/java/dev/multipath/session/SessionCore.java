package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** The rooms of one session, each of which knows those that it needs. None knows this. */
final class SessionCore {

    final SessionConfig config;
    final SendQueue sendQueue;
    final WriteMarks marks = new WriteMarks();
    final SendWindow sendWindow = new SendWindow();
    final ReceiveWindow receiveWindow;
    final JoinProtocol joins;
    final Membership membership;
    final Liveness liveness;
    final Suspicion suspicion;
    final Timers timers;
    final Negotiation negotiation = new Negotiation();
    final HelloExchange hellos;
    final Suspension suspension;
    final Announcements announcements;
    final Inbox inbox;
    final SessionEnd end;
    final SubflowSet subflows = new SubflowSet();
    final List<Subflow> memberView = Collections.unmodifiableList(subflows.members());
    final Losses losses = new Losses();
    final Lateness lateness = new Lateness();
    final ArrayDeque<SessionEvent> events = new ArrayDeque<>(1);

    final PathTerms pathTerms;
    final Transmitter transmitter;
    final SessionMemory memory;

    SessionCore(
            SessionConfig config,
            SessionRole role,
            ConnectionId connectionId,
            SessionPolicies policies,
            ByteBufAllocator allocator,
            RandomGenerator random) {
        this.config = config;
        sendQueue = new SendQueue(allocator);
        receiveWindow = new ReceiveWindow(config.receiveBufferBytes(), allocator);
        Consumer<SessionEvent> telling = events::add;
        Retransmitter retransmitter = new Retransmitter(sendWindow);
        joins = new JoinProtocol(role, connectionId, random);
        SendCredit sendCredit = SendCredit.initial();
        ReceiveCredit receiveCredit =
                new ReceiveCredit(config.extended().initialWindowBytes(), config.receiveBufferBytes());
        memory = new SessionMemory(receiveWindow, receiveCredit, sendQueue, sendWindow);
        hellos = new HelloExchange(config.extended(), receiveCredit);
        suspicion = new Suspicion(telling, hellos, subflows, receiveWindow, negotiation);
        liveness = new Liveness(
                telling, negotiation, config.probeInterval().toNanos(), subflows, retransmitter, suspicion, random);
        CumulativeAcks acks =
                new CumulativeAcks(subflows, sendWindow, receiveWindow, liveness, sendCredit, receiveCredit);
        suspension = new Suspension(sendWindow, receiveWindow);
        end = new SessionEnd(sendQueue, sendWindow, receiveWindow, subflows, acks, suspension);
        inbox = new Inbox(receiveWindow, receiveCredit, end);
        announcements = new Announcements(hellos);
        SocketGroups socketGroups = new SocketGroups(role, subflows);
        pathTerms = new PathTerms(subflows, announcements, socketGroups);
        membership = new Membership(
                telling,
                negotiation,
                role,
                subflows,
                retransmitter,
                liveness,
                losses,
                suspension,
                end,
                policies.congestionControl(),
                lateness);
        transmitter = new Transmitter(
                config,
                negotiation,
                subflows,
                sendQueue,
                marks,
                sendWindow,
                retransmitter,
                acks,
                lateness,
                policies.scheduler());
        BaseProfile base = new BaseProfile(
                !config.extended().authenticatedJoinsRequired(),
                membership,
                subflows,
                inbox,
                sendQueue,
                sendWindow,
                receiveWindow,
                retransmitter,
                liveness,
                losses,
                transmitter);
        ExtendedFrames frames = new ExtendedFrames(
                telling,
                config.extended(),
                joins,
                hellos,
                membership,
                subflows,
                end,
                inbox,
                receiveWindow,
                sendCredit,
                receiveCredit,
                acks,
                liveness,
                announcements,
                suspicion,
                socketGroups);
        ExtendedProfile extended = new ExtendedProfile(
                telling,
                config.extended().joinTimeout(),
                frames,
                joins,
                hellos,
                subflows,
                sendWindow,
                receiveWindow,
                sendCredit,
                receiveCredit,
                announcements,
                suspicion,
                suspension,
                end,
                transmitter,
                new Overtaking(subflows, sendQueue, sendWindow, sendCredit, transmitter, lateness));
        negotiation.between(
                new UndecidedProfile(config.extended().joinTimeout(), subflows, sendQueue),
                base,
                config.extended().enabled() ? extended : null);
        timers = new Timers(membership, liveness, suspicion, negotiation, transmitter, end);
    }
}
