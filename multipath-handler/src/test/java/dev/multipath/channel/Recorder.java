package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.PathState;
import dev.multipath.path.Path;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;

/**
 * An application at one end of a session: sends a {@link Pattern} as fast as the channel takes it, checks the one that
 * comes, and remembers what it is told. Its getters are for any thread.
 */
class Recorder extends ChannelInboundHandlerAdapter {

    private final List<SubflowEvent> events = new CopyOnWriteArrayList<>();
    private final List<Throwable> exceptions = new CopyOnWriteArrayList<>();
    private volatile Channel channel;
    private volatile long receivedBytes;
    private volatile long mismatchAt = -1;
    private volatile boolean inactive;
    private volatile int writabilityChanges;

    private volatile long sentBytes;
    private long toSendBytes;
    private int writeBytes;
    private boolean sending;

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = ctx.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf received = (ByteBuf) msg;
        try {
            long mismatch = Pattern.firstMismatch(received, receivedBytes);
            if (mismatch >= 0 && mismatchAt < 0) {
                mismatchAt = mismatch;
            }
            addReceived(received.readableBytes());
        } finally {
            received.release();
        }
    }

    private void addReceived(int bytes) {
        receivedBytes = receivedBytes + bytes;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        writabilityChanges = writabilityChanges + 1;
        sendWhileWritable();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SubflowEvent subflowEvent) {
            events.add(subflowEvent);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        assertThat(inactive)
                .as("an exception comes before the channel is inactive")
                .isFalse();
        exceptions.add(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        inactive = true;
    }

    /** Sends so many bytes of the pattern, in writes of that size. Any thread. */
    void send(long bytes, int bytesPerWrite) {
        channel.eventLoop().execute(() -> sendNow(bytes, bytesPerWrite));
    }

    /** As that, before it returns. On the channel's event loop. */
    final void sendNow(long bytes, int bytesPerWrite) {
        toSendBytes += bytes;
        writeBytes = bytesPerWrite;
        sendWhileWritable();
    }

    private void sendWhileWritable() {
        if (sending) {
            return;
        }
        sending = true;
        while (sentBytes < toSendBytes && channel.isWritable()) {
            int bytes = (int) Math.min(writeBytes, toSendBytes - sentBytes);
            ByteBuf buffer = Pattern.bytes(channel.alloc(), sentBytes, bytes);
            sentBytes = sentBytes + bytes;
            channel.writeAndFlush(buffer);
        }
        sending = false;
    }

    Channel channel() {
        return channel;
    }

    MultipathChannel session() {
        return (MultipathChannel) channel;
    }

    /** The channel of one of the session's subflows; there may be others, of attempts that were given up. */
    Channel firstSubflow() throws InterruptedException, ExecutionException {
        return channel.eventLoop()
                .submit(() -> session().driver().links().all().get(0).channel())
                .get();
    }

    long receivedBytes() {
        return receivedBytes;
    }

    long sentBytes() {
        return sentBytes;
    }

    int writabilityChanges() {
        return writabilityChanges;
    }

    boolean isInactive() {
        return inactive;
    }

    List<Throwable> exceptions() {
        return exceptions;
    }

    long count(SubflowEvent.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }

    long count(SubflowEvent.Kind kind, Path path) {
        return events(kind).stream().filter(event -> event.path().equals(path)).count();
    }

    /** The path of the subflow to that address of the peer. */
    Path pathTo(SocketAddress remote) {
        return session().subflows().stream()
                .filter(subflow -> subflow.remote().equals(remote))
                .map(SubflowInfo::path)
                .findFirst()
                .orElseThrow();
    }

    /** Waits until all its paths deliver, some of which may have been silent while the machine was busy. */
    void awaitAllActive() {
        eventually().untilAsserted(() -> assertThat(session().stats().paths())
                .isNotEmpty()
                .allMatch(path -> path.state() == PathState.ACTIVE));
    }

    /** Over how many different paths it has had a subflow: a path that was silent for a moment may have had two. */
    long joinedPaths() {
        return events(SubflowEvent.Kind.ADDED).stream()
                .map(SubflowEvent::path)
                .distinct()
                .count();
    }

    List<SubflowEvent> events(SubflowEvent.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).toList();
    }

    /** Waits until so many bytes have come, all of them right. */
    void awaitReceived(long bytes) {
        eventually().until(() -> receivedBytes >= bytes || mismatchAt >= 0 || inactive);
        assertIntact();
        assertThat(receivedBytes).isEqualTo(bytes);
    }

    /** Waits until the channel has taken so many bytes. */
    void awaitSent(long bytes) {
        eventually().until(() -> sentBytes >= bytes);
    }

    void awaitCount(SubflowEvent.Kind kind, long atLeast) {
        eventually().until(() -> count(kind) >= atLeast);
    }

    void awaitInactive() {
        eventually().until(() -> inactive);
        assertIntact();
    }

    void assertIntact() {
        assertThat(mismatchAt).as("place of the first wrong byte").isEqualTo(-1);
    }
}
