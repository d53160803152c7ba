package dev.multipath.quic;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RetryTokensTest {

    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.1", 1000);
    private static final byte[] ORIGINAL = {1, 2, 3, 4, 5, 6, 7, 8};

    private final AtomicLong nowNanos = new AtomicLong(-5);
    private final RetryTokens tokens = new RetryTokens(nowNanos::get, () -> true);

    private ByteBuf token() {
        ByteBuf token = Unpooled.buffer();
        assertThat(tokens.writeToken(token, Unpooled.wrappedBuffer(ORIGINAL), CLIENT))
                .isTrue();
        assertThat(token.readableBytes()).isLessThanOrEqualTo(tokens.maxTokenLength());
        return token;
    }

    @Test
    void shouldTellWhereTheOriginalIdIs() {
        ByteBuf token = token();
        int offset = tokens.validateToken(token, CLIENT);
        assertThat(token.slice(offset, token.readableBytes() - offset)).isEqualTo(Unpooled.wrappedBuffer(ORIGINAL));
    }

    @Test
    void shouldBeGoodForOneAddressAndPort() {
        assertThat(tokens.validateToken(token(), new InetSocketAddress("192.0.2.2", 1000)))
                .isNegative();
        assertThat(tokens.validateToken(token(), new InetSocketAddress("192.0.2.1", 1001)))
                .isNegative();
        assertThat(tokens.validateToken(token(), new InetSocketAddress("2001:db8::1", 1000)))
                .isNegative();
    }

    @Test
    void shouldBeGoodForAWhile() {
        ByteBuf token = token();
        nowNanos.addAndGet(RetryTokens.VALIDITY_NANOS);
        assertThat(tokens.validateToken(token, CLIENT)).isNotNegative();
        nowNanos.incrementAndGet();
        assertThat(tokens.validateToken(token, CLIENT)).isNegative();
    }

    @Test
    void shouldBeRefusedIfAnythingIsDifferent() {
        ByteBuf token = token();
        for (int i = 0; i < token.readableBytes(); i++) {
            ByteBuf changed = token.copy();
            changed.setByte(i, changed.getByte(i) ^ 1);
            assertThat(tokens.validateToken(changed, CLIENT)).as("byte " + i).isNegative();
            assertThat(tokens.validateToken(token.slice(0, i), CLIENT))
                    .as("cut at " + i)
                    .isNegative();
        }
        assertThat(new RetryTokens(nowNanos::get, () -> true).validateToken(token, CLIENT))
                .isNegative();
    }

    @Test
    void shouldBeRefusedIfThereIsNoRoom() {
        RetryTokens full = new RetryTokens(nowNanos::get, () -> false);
        ByteBuf token = Unpooled.buffer();
        full.writeToken(token, Unpooled.wrappedBuffer(ORIGINAL), CLIENT);
        assertThat(full.validateToken(token, CLIENT)).isNegative();
    }
}
