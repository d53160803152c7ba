package dev.multipath.examples.failover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.SubflowEvent;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** One end of a session: sends and checks a stream in which every byte tells its place, and keeps what it is told. */
final class Application extends ChannelInboundHandlerAdapter {

    private static final int WRITE_BYTES = 32 << 10;

    private final List<SubflowEvent> events = new CopyOnWriteArrayList<>();
    private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();
    private volatile MultipathChannel channel;
    private volatile long receivedBytes;
    private volatile long longestPauseNanos;
    private volatile boolean intact = true;
    private volatile boolean inactive;
    private long lastReadNanos;
    private volatile long sentBytes;
    private volatile long toSendBytes;

    /** How these tests wait: as long as a busy machine may need, and not longer than it takes. */
    static ConditionFactory eventually() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5));
    }

    private static byte byteAt(long offset) {
        return (byte) (offset * 31 + (offset >>> 8) * 17 + (offset >>> 16) * 7);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = (MultipathChannel) ctx.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf buffer = (ByteBuf) msg;
        byte[] bytes;
        try {
            bytes = ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
        long offset = receivedBytes;
        for (byte actual : bytes) {
            intact &= actual == byteAt(offset++);
        }
        long nowNanos = System.nanoTime();
        if (lastReadNanos != 0) {
            longestPauseNanos = Math.max(longestPauseNanos, nowNanos - lastReadNanos);
        }
        lastReadNanos = nowNanos;
        receivedBytes = offset;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        sendWhileWritable();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SubflowEvent subflowEvent) {
            events.add(subflowEvent);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        exceptions.add(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        inactive = true;
    }

    /** Sends so many bytes more. Any thread. */
    void send(long bytes) {
        channel.eventLoop().execute(() -> {
            toSendBytes = toSendBytes + bytes;
            sendWhileWritable();
        });
    }

    private void sendWhileWritable() {
        while (sentBytes < toSendBytes && channel.isWritable()) {
            byte[] bytes = new byte[(int) Math.min(WRITE_BYTES, toSendBytes - sentBytes)];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = byteAt(sentBytes + i);
            }
            sentBytes = sentBytes + bytes.length;
            channel.writeAndFlush(channel.alloc().buffer(bytes.length).writeBytes(bytes));
        }
    }

    MultipathChannel channel() {
        return channel;
    }

    /** Whether the channel has taken all that was to be sent. */
    boolean sentAll() {
        return sentBytes == toSendBytes;
    }

    long receivedBytes() {
        return receivedBytes;
    }

    Duration longestPause() {
        return Duration.ofNanos(longestPauseNanos);
    }

    List<Throwable> exceptions() {
        return exceptions;
    }

    boolean isInactive() {
        return inactive;
    }

    long count(SubflowEvent.Kind kind, String pathLabel) {
        return events.stream()
                .filter(event -> event.kind() == kind && event.path().label().equals(pathLabel))
                .count();
    }

    void awaitCount(SubflowEvent.Kind kind, String pathLabel, long atLeast) {
        eventually().until(() -> count(kind, pathLabel) >= atLeast);
    }

    void awaitAtLeast(long bytes) {
        eventually().until(() -> receivedBytes >= bytes || !intact || inactive);
        assertThat(intact).as("every byte is in its place").isTrue();
        assertThat(receivedBytes).isGreaterThanOrEqualTo(bytes);
    }

    void awaitAll(long bytes) {
        awaitAtLeast(bytes);
        assertThat(receivedBytes).isEqualTo(bytes);
        assertThat(exceptions).isEmpty();
    }

    void awaitInactive() {
        eventually().until(() -> inactive);
        assertThat(intact).as("every byte is in its place").isTrue();
    }
}
