package dev.multipath.quic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.quic.QuicTokenHandler;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Address validation by Retry packets (RFC 9000 section 8.1.2): nobody gets a connection, or more than one small packet, who
 * does not read what is sent to his address. A token is bound to that address and port and is good for some seconds; the server
 * keeps nothing for it.
 *
 * <p>{@code time (8) | mac (16) | original destination connection id}
 */
final class RetryTokens implements QuicTokenHandler {

    /** The client answers at once: a round trip, and some repetitions of its packet. */
    static final long VALIDITY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final int MAC_BYTES = 16;
    private static final int HEADER_BYTES = Long.BYTES + MAC_BYTES;
    private static final int MAX_CONNECTION_ID_BYTES = 20;
    private static final int INVALID = -1;

    private final Mac mac;
    private final LongSupplier nanoTime;
    private final BooleanSupplier accepting;

    /**
     * With a key of its own.
     *
     * @param accepting whether there is room for another connection; if not, nobody is answered
     */
    RetryTokens(LongSupplier nanoTime, BooleanSupplier accepting) {
        this.nanoTime = nanoTime;
        this.accepting = accepting;
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        try {
            mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    @Override
    public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress from) {
        byte[] original = ByteBufUtil.getBytes(connectionId);
        long timeNanos = nanoTime.getAsLong();
        out.writeLong(timeNanos).writeBytes(sign(timeNanos, from, original)).writeBytes(original);
        return true;
    }

    @Override
    public int validateToken(ByteBuf token, InetSocketAddress from) {
        int idBytes = token.readableBytes() - HEADER_BYTES;
        if (idBytes < 0 || idBytes > MAX_CONNECTION_ID_BYTES || !accepting.getAsBoolean()) {
            return INVALID;
        }
        int start = token.readerIndex();
        long timeNanos = token.getLong(start);
        byte[] claimed = ByteBufUtil.getBytes(token, start + Long.BYTES, MAC_BYTES);
        byte[] original = ByteBufUtil.getBytes(token, start + HEADER_BYTES, idBytes);
        long ageNanos = nanoTime.getAsLong() - timeNanos;
        boolean valid = MessageDigest.isEqual(claimed, sign(timeNanos, from, original))
                && ageNanos >= 0
                && ageNanos <= VALIDITY_NANOS;
        return valid ? HEADER_BYTES : INVALID;
    }

    private byte[] sign(long timeNanos, InetSocketAddress from, byte[] original) {
        mac.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(timeNanos)
                .putInt(from.getPort())
                .flip());
        mac.update(addressBytes(from));
        mac.update(original);
        return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    }

    /** Of one length, so that no address with a connection id is another one with another id. */
    private static byte[] addressBytes(InetSocketAddress from) {
        byte[] address = from.getAddress().getAddress();
        return Arrays.copyOf(address, NetUtil.LOCALHOST6.getAddress().length);
    }

    @Override
    public int maxTokenLength() {
        return HEADER_BYTES + MAX_CONNECTION_ID_BYTES;
    }
}
