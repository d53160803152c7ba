package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.OpaqueBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.GeneralSecurityException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the two ends of a joining subflow prove to each other with: {@code docs/PROTOCOL.md} 4.6.
 *
 * @param connectionId the session's
 * @param pathId the subflow's
 * @param clientNonce the client's
 * @param serverNonce the server's
 */
record JoinProof(ConnectionId connectionId, long pathId, OpaqueBytes clientNonce, OpaqueBytes serverNonce) {

    private static final String ALGORITHM = "HmacSHA256";

    /** So that one end's proof is none for the other. */
    private static final byte SERVER_LABEL = 'S';

    private static final byte CLIENT_LABEL = 'C';

    OpaqueBytes server(OpaqueBytes sessionKey) {
        return mac(sessionKey, SERVER_LABEL);
    }

    OpaqueBytes client(OpaqueBytes sessionKey) {
        return mac(sessionKey, CLIENT_LABEL);
    }

    private OpaqueBytes mac(OpaqueBytes sessionKey, byte label) {
        ByteBuf message = Unpooled.buffer(1 + ConnectionId.LENGTH + Long.BYTES + 2 * JoinRequestFrame.NONCE_BYTES);
        message.writeByte(label);
        connectionId.write(message);
        message.writeLong(pathId);
        clientNonce.write(message);
        serverNonce.write(message);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(sessionKey.toByteArray(), ALGORITHM));
            mac.update(message.array(), message.arrayOffset(), message.readableBytes());
            return OpaqueBytes.of(mac.doFinal());
        } catch (GeneralSecurityException e) {
            // Every Java platform has it.
            throw new IllegalStateException(e);
        }
    }

    static OpaqueBytes draw(int bytes, RandomGenerator random) {
        byte[] drawn = new byte[bytes];
        random.nextBytes(drawn);
        return OpaqueBytes.of(drawn);
    }
}
