package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.OpaqueBytes;
import java.util.Queue;
import java.util.random.RandomGenerator;

/**
 * Lets subflows into a session of the extended profile: takes every frame of one that has not proved itself, and says when
 * it has. Holds the session key. {@code docs/PROTOCOL.md} 4.2 and 4.6.
 */
final class JoinProtocol {

    private final SessionRole role;
    private final ConnectionId connectionId;
    private final RandomGenerator random;
    private final PathIdWindow usedPathIds = new PathIdWindow();
    private long nextPathId = 1;
    private OpaqueBytes sessionKey;

    JoinProtocol(SessionRole role, ConnectionId connectionId, RandomGenerator random) {
        this.role = role;
        this.connectionId = connectionId;
        this.random = random;
    }

    /** The server makes the key when it learns that its client speaks the extended profile. */
    OpaqueBytes drawKey() {
        sessionKey = JoinProof.draw(HelloFrame.SESSION_KEY_BYTES, random);
        return sessionKey;
    }

    void learnKey(OpaqueBytes key) {
        sessionKey = key;
    }

    boolean hasKey() {
        return sessionKey != null;
    }

    JoinOffer offer() {
        return JoinOffer.proven(nextPathId++, JoinProof.draw(JoinRequestFrame.NONCE_BYTES, random));
    }

    /**
     * A frame of a joining subflow.
     *
     * @param outbox takes what is to be answered
     * @return whether by this the subflow has proved itself, so that HELLO follows
     */
    boolean onFrame(Handshake handshake, Queue<Frame> outbox, Frame frame) throws SubflowViolationException {
        if (!handshake.peerIsExtended) {
            if (!Profile.isExtended(frame)) {
                throw new ProfileMismatchException(
                        "the first frame is " + frame + ", not that of the extended profile");
            }
            handshake.peerIsExtended = true;
            return false;
        }
        if (frame instanceof ControlFrame) {
            return false;
        }
        if (frame instanceof JoinRequestFrame request && handshake.state == Handshake.State.EXPECTING) {
            challenge(handshake, outbox, request);
            return false;
        }
        if (frame instanceof JoinChallengeFrame challenge && handshake.state == Handshake.State.REQUESTED) {
            respond(handshake, outbox, challenge);
            return true;
        }
        if (frame instanceof JoinResponseFrame response && handshake.state == Handshake.State.CHALLENGED) {
            check(handshake, response);
            return true;
        }
        throw new UnexpectedFrameException(frame + " from a subflow that has not proved itself: " + handshake.state);
    }

    private void challenge(Handshake handshake, Queue<Frame> outbox, JoinRequestFrame request)
            throws JoinRefusedException {
        if (!hasKey()) {
            throw new JoinRefusedException("there is no key yet");
        }
        requireUnused(request.pathId());
        OpaqueBytes serverNonce = JoinProof.draw(JoinRequestFrame.NONCE_BYTES, random);
        JoinProof proof = new JoinProof(connectionId, request.pathId(), request.clientNonce(), serverNonce);
        handshake.pathId = request.pathId();
        handshake.proof = proof;
        handshake.state = Handshake.State.CHALLENGED;
        outbox.add(new JoinChallengeFrame(serverNonce, proof.server(sessionKey)));
    }

    private void respond(Handshake handshake, Queue<Frame> outbox, JoinChallengeFrame challenge)
            throws JoinRefusedException {
        if (!hasKey() || handshake.clientNonce == null) {
            throw new JoinRefusedException("a challenge that nobody asked for");
        }
        JoinProof proof = new JoinProof(connectionId, handshake.pathId, handshake.clientNonce, challenge.serverNonce());
        if (!proof.server(sessionKey).equals(challenge.mac())) {
            throw new JoinRefusedException("the server does not know the session's key");
        }
        outbox.add(new JoinResponseFrame(proof.client(sessionKey)));
    }

    private void check(Handshake handshake, JoinResponseFrame response) throws JoinRefusedException {
        if (!handshake.proof.client(sessionKey).equals(response.mac())) {
            throw new JoinRefusedException("the client does not know the session's key");
        }
        // Once more: two of one id may be under way.
        requireUnused(handshake.pathId);
        usedPathIds.use(handshake.pathId);
    }

    private void requireUnused(long pathId) throws JoinRefusedException {
        if (usedPathIds.isUsed(pathId)) {
            throw new JoinRefusedException("path id " + pathId + " was used before");
        }
    }

    ConnectionId connectionId() {
        return connectionId;
    }

    SessionRole role() {
        return role;
    }
}
