package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.scheduler.LowestRttScheduler;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One end of a session that is offered the extended profile, and what its peer says to come to where a story begins. */
final class ExtendedFixture extends VirtualSession {

    static final int WINDOW_BYTES = 512 << 10;

    /** The key that the test gives a client. */
    static final OpaqueBytes KEY = bytes(HelloFrame.SESSION_KEY_BYTES, 7);

    final SessionRole role;
    private final SessionConfig config;
    private OpaqueBytes key;

    ExtendedFixture(SessionRole role, SessionConfig config) {
        super(config, role, new LowestRttScheduler());
        this.role = role;
        this.config = config;
    }

    static ExtendedFixture of(SessionRole role) {
        return new ExtendedFixture(role, SessionConfig.DEFAULT);
    }

    static ExtendedFixture server() {
        return of(SessionRole.SERVER);
    }

    static ExtendedFixture client() {
        return of(SessionRole.CLIENT);
    }

    static SessionConfig config(ExtendedConfig extended) {
        SessionConfig usual = SessionConfig.DEFAULT;
        return new SessionConfig(
                usual.sendBufferBytes(),
                usual.receiveBufferBytes(),
                usual.maxFrameBytes(),
                usual.linger(),
                usual.probeInterval(),
                extended);
    }

    static ExtendedConfig resumption(Duration timeout) {
        ExtendedConfig usual = ExtendedConfig.DEFAULT;
        return new ExtendedConfig(
                true, false, timeout, usual.initialWindowBytes(), usual.joinTimeout(), usual.maxSubflows(), false);
    }

    // ---- time

    /** Lets so much time pass, fires the timer whenever it is due, and returns what leaves meanwhile. */
    List<String> run(long millis) {
        List<String> words = new ArrayList<>(transmit());
        long untilNanos = nowNanos() + millis * MILLISECOND;
        long deadlineNanos;
        while ((deadlineNanos = session.nextDeadlineNanos()) <= untilNanos) {
            assertThat(deadlineNanos)
                    .as("a deadline that was there before must have been met")
                    .isGreaterThanOrEqualTo(nowNanos());
            passTo(deadlineNanos);
            session.onTimeout(deadlineNanos);
            words.addAll(transmit());
            if (session.nextDeadlineNanos() == deadlineNanos) {
                break;
            }
        }
        passTo(untilNanos);
        return words;
    }

    // ---- subflows

    /** What a client sends behind its preface: nothing was heard yet. */
    Subflow freshSubflow() {
        return session.addSubflow(tracker, -1, role == SessionRole.CLIENT ? JoinOffer.FIRST : null, nowNanos());
    }

    /** A first subflow that is negotiated, its HELLOs exchanged, of that round trip; nothing is left to be sent. */
    Subflow first(long rttMillis) {
        return first(rttMillis, helloOfPeer(WINDOW_BYTES));
    }

    Subflow first(long rttMillis, HelloFrame hello) {
        Subflow subflow = freshSubflow();
        transmit();
        passMillis(rttMillis);
        receive(subflow, ControlFrame.EXTENDED);
        if (role == SessionRole.SERVER) {
            transmit();
            key = sent(HelloFrame.class).sessionKey();
        }
        receive(subflow, ControlFrame.PONG);
        receive(subflow, hello);
        transmit();
        events();
        return subflow;
    }

    HelloFrame helloOfPeer(long maxDataBytes) {
        return hello(maxDataBytes, 60_000, role == SessionRole.CLIENT ? KEY : null);
    }

    /** With other features than ours. */
    HelloFrame helloOfPeer(long maxDataBytes, long features) {
        return new HelloFrame(0, features, maxDataBytes, 60_000, 16, role == SessionRole.CLIENT ? KEY : null);
    }

    static HelloFrame hello(long maxDataBytes, long resumptionTimeoutMillis, OpaqueBytes sessionKey) {
        long features = HelloFrame.ADDRESSES
                | HelloFrame.SUSPICIONS
                | HelloFrame.GOING_AWAY
                | (resumptionTimeoutMillis > 0 ? HelloFrame.RESUMPTION : 0);
        return new HelloFrame(0, features, maxDataBytes, resumptionTimeoutMillis, 16, sessionKey);
    }

    /** The key that the session has given its client, or that the test gave it. */
    OpaqueBytes key() {
        return role == SessionRole.CLIENT ? KEY : key;
    }

    /** A subflow that has joined, of that round trip, its HELLOs exchanged; nothing is left to be sent. */
    Subflow join(long rttMillis) {
        Subflow subflow = role == SessionRole.CLIENT ? joinAsServer() : joinAsClient(nextPathId++);
        transmit();
        passMillis(rttMillis);
        receive(subflow, ControlFrame.PONG);
        receive(subflow, hello(0, 60_000, null));
        transmit();
        events();
        return subflow;
    }

    private long nextPathId = 1;

    /** Up to the client's proof, its own HELLO not included. */
    Subflow joinAsClient(long pathId) {
        Subflow subflow = challenged(pathId, bytes(16, (int) pathId));
        JoinChallengeFrame challenge = sent(JoinChallengeFrame.class);
        receive(subflow, response(key(), pathId, bytes(16, (int) pathId), challenge.serverNonce()));
        return subflow;
    }

    /** A joining subflow whose request is answered. */
    Subflow challenged(long pathId, OpaqueBytes clientNonce) {
        Subflow subflow = freshSubflow();
        receive(subflow, ControlFrame.EXTENDED);
        receive(subflow, new JoinRequestFrame(pathId, clientNonce));
        transmit();
        return subflow;
    }

    private Subflow joinAsServer() {
        JoinOffer offer = session.offerJoin();
        Subflow subflow = requested(offer);
        receive(subflow, challenge(KEY, offer, bytes(16, 9)));
        return subflow;
    }

    /** A client's joining subflow whose server has said {@code 00 02}. */
    Subflow requested(JoinOffer offer) {
        Subflow subflow = session.addSubflow(tracker, -1, offer, nowNanos());
        receive(subflow, ControlFrame.EXTENDED);
        return subflow;
    }

    static JoinChallengeFrame challenge(OpaqueBytes key, JoinOffer offer, OpaqueBytes serverNonce) {
        JoinProof proof = new JoinProof(CONNECTION_ID, offer.pathId(), offer.clientNonce(), serverNonce);
        return new JoinChallengeFrame(serverNonce, proof.server(key));
    }

    static JoinResponseFrame response(OpaqueBytes key, long pathId, OpaqueBytes clientNonce, OpaqueBytes serverNonce) {
        return new JoinResponseFrame(new JoinProof(CONNECTION_ID, pathId, clientNonce, serverNonce).client(key));
    }

    static OpaqueBytes bytes(int count, int value) {
        byte[] bytes = new byte[count];
        Arrays.fill(bytes, (byte) value);
        return OpaqueBytes.of(bytes);
    }

    void fail(Subflow subflow) {
        session.onSubflowFailed(subflow, null, nowNanos());
    }

    /** All that a stranger must not be able to change: compare it from before and after. */
    String snapshot() {
        StringBuilder snapshot = new StringBuilder();
        snapshot.append(session.state()).append(' ').append(session.profile());
        snapshot.append(" failure ").append(session.failure());
        snapshot.append(" expects ").append(session.nextExpectedFrameNumber());
        snapshot.append(" holds ").append(session.bufferedReceiveBytes());
        snapshot.append(" unacknowledged ").append(session.unacknowledgedBytes());
        snapshot.append(" capacity ").append(session.sendCapacityBytes());
        snapshot.append(" suspended ").append(session.isSuspended());
        snapshot.append(" ended ").append(session.isInputEnded()).append(session.isOver());
        for (Subflow subflow : session.subflows()) {
            snapshot.append("\n  ").append(subflow.id()).append(' ').append(subflow.state());
            snapshot.append(" in flight ").append(subflow.inFlightBytes());
            snapshot.append(" received ")
                    .append(((SubflowControl) subflow).acks().frames());
            snapshot.append(" rtt ").append(subflow.smoothedRttNanos());
            snapshot.append(" backup ").append(subflow.isBackup());
            snapshot.append(" path ").append(subflow.pathId());
        }
        return snapshot.toString();
    }

    void announceOne() {
        session.announceAddress(1, new InetSocketAddress("127.0.0.1", 80));
    }

    // ---- frames out

    /** The last frame of that type that left at the last {@link #transmit}. */
    <F extends Frame> F sent(Class<F> type) {
        return sent.stream()
                .map(Sent::frame)
                .filter(type::isInstance)
                .map(type::cast)
                .reduce((before, after) -> after)
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " in " + sent));
    }

    // ---- frames in

    /** A frame that may not come: the subflow is closed over it, as the owner of the session does. */
    void refuse(Subflow subflow, Frame frame, Class<? extends SubflowViolationException> violation) {
        SubflowViolationException thrown =
                catchThrowableOfType(violation, () -> session.onFrame(subflow, frame, nowNanos()));
        assertThat(thrown)
                .as("%s over %s", violation.getSimpleName(), FrameWords.of(frame))
                .isNotNull();
        session.onSubflowFailed(subflow, thrown, nowNanos());
    }

    /** The peer has everything before that number, and so many frames on this subflow, since just now. */
    void receiveAck(Subflow subflow, long nextExpected, long subflowFrames, long... ranges) {
        receive(subflow, new CumulativeAckFrame(nextExpected, 0, ranges, subflowFrames, 0));
    }

    void receiveGrant(Subflow subflow, long maxDataBytes) {
        receive(subflow, new CumulativeAckFrame(10, maxDataBytes, 0, 0));
    }

    /** How many bytes the application reads. */
    long read() {
        long count = 0;
        ByteBuf bytes;
        while ((bytes = session.pollReceived()) != null) {
            count += bytes.readableBytes();
            bytes.release();
        }
        return count;
    }

    SessionConfig config() {
        return config;
    }
}
