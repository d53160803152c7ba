package dev.multipath.examples.stream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.path.Path;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In virtual time. */
final class SettledSessionTest {
    private static final Path PATH = Path.of(InetSocketAddress.createUnresolved("host", 1));

    private final MockTicker ticker = Ticker.newMockTicker();
    private final List<Byte> received = new ArrayList<>();
    private int uses;
    private final EmbeddedChannel channel = EmbeddedChannel.builder()
            .ticker(ticker)
            .handlers(new SettledSession(ctx -> {
                uses++;
                ctx.pipeline().addAfter(ctx.name(), null, new Receiver());
            }))
            .build();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldUseASessionWhenItsFirstByteComesAndLoseNone() {
        receive(1);
        receive(2);

        assertThat(uses).isEqualTo(1);
        assertThat(received).containsExactly((byte) 1, (byte) 2);
        pass(5000);
        assertThat(uses).isEqualTo(1);
    }

    @Test
    void shouldUseASessionWhenASecondPathJoins() {
        joinPath();
        assertThat(uses).isZero();
        joinPath();
        assertThat(uses).isEqualTo(1);
        joinPath();
        receive(1);
        assertThat(uses).isEqualTo(1);
        assertThat(received).containsExactly((byte) 1);
    }

    @Test
    void shouldUseASessionWhenItHasLasted() {
        pass(900);
        assertThat(uses).isZero();
        pass(200);
        assertThat(uses).isEqualTo(1);
        receive(1);
        assertThat(received).containsExactly((byte) 1);
    }

    @Test
    void shouldNotUseASessionThatTheClientDrops() {
        joinPath();
        channel.pipeline().fireExceptionCaught(new IOException("reset"));
        pass(5000);

        assertThat(channel.isOpen()).isFalse();
        assertThat(uses).isZero();
    }

    @Test
    void shouldNotUseASessionThatLostItsPathUntilItHasAnother() {
        joinPath();
        channel.pipeline().fireUserEventTriggered(MultipathSessionEvent.SUSPENDED);
        pass(5000);
        assertThat(uses).isZero();

        joinPath();
        assertThat(uses).isEqualTo(1);
    }

    /** Its client has nothing to say, and waits for the answer. */
    @Test
    void shouldUseASessionThatEndsItsStreamAtOnceAndStays() {
        endStream();
        assertThat(uses).isZero();
        pass(200);
        assertThat(uses).isEqualTo(1);
    }

    @Test
    void shouldNotUseAnEmptySessionThatEndsAtOnce() {
        joinPath();
        endStream();
        channel.close();
        pass(5000);
        assertThat(uses).isZero();
    }

    private void endStream() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    private void receive(int value) {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) value}));
    }

    private void joinPath() {
        channel.pipeline().fireUserEventTriggered(new SubflowEvent(SubflowEvent.Kind.ADDED, PATH, null));
    }

    private void pass(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
        channel.runScheduledPendingTasks();
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            received.add(bytes.readByte());
            bytes.release();
        }
    }
}
