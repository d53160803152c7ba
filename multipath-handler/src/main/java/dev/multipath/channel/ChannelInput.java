package dev.multipath.channel;

import dev.multipath.path.OwnerLoop;
import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Passes what a session has received in order to its channel's pipeline, and the end of it.
 *
 * <p>A read is as large as the channel's {@code RecvByteBufAllocator} guesses, and a read-complete has as many reads
 * as its handle wants, as on a socket. A larger frame is passed on in slices.
 */
final class ChannelInput {

    private final AbstractDuplexChannel channel;
    private boolean readPending;

    /** Of the latest read loop; null before the first. */
    @SuppressWarnings("deprecation") // RecvByteBufAllocator, for which Netty 4.2 has no replacement yet
    private ExtendedHandle loop;

    /** The loop has begun, and its read-complete has not been fired. */
    private boolean looping;

    /** What is left of a frame that was larger than one read; or null. */
    private ByteBuf rest;

    private boolean endTold;

    ChannelInput(AbstractDuplexChannel channel) {
        this.channel = channel;
    }

    /** The application wants to read. */
    void request() {
        readPending = true;
    }

    /** Whether there is something that the application has not read. */
    boolean hasUnread(MultipathSession session) {
        return rest != null || session.hasReceived();
    }

    /** What is held of a frame that was taken from the session and is not all read. */
    int heldBytes() {
        return rest == null ? 0 : rest.capacity();
    }

    /** {@code AUTO_READ} was switched off: the application wants no more than what is being delivered. Any thread. */
    void stop() {
        if (channel.isRegistered()) {
            // It may have been switched on again when this is run.
            OwnerLoop.run(
                    channel.eventLoop(), () -> readPending &= channel.config().isAutoRead());
        }
    }

    /**
     * As far as the application wants to read, while more may come in the same turn: the read loop stays open for it. Who
     * releases what he gets leaves the read buffer, which is in the processor's cache, to the next read of a subflow.
     */
    void deliverAhead(MultipathSession session) {
        read(session);
        if (!channel.isActive()) {
            complete();
        }
    }

    /** As far as the application wants to read. */
    void deliver(MultipathSession session) {
        if (channel.discardsInput()) {
            discard(session);
        }
        do {
            read(session);
            complete();
        } while (readPending && canRead(session));
        if (channel.isActive() && !endTold && (channel.discardsInput() || isEnded(session))) {
            endTold = true;
            tellEnd();
        }
    }

    private boolean isEnded(MultipathSession session) {
        return rest == null && session.isInputEnded() && session.failure() == null;
    }

    /** What is left is not to be read any more. */
    void release() {
        if (rest != null) {
            rest.release();
            rest = null;
        }
    }

    private void discard(MultipathSession session) {
        release();
        ByteBuf received;
        while ((received = session.pollReceived()) != null) {
            received.release();
        }
    }

    private boolean canRead(MultipathSession session) {
        return channel.isActive() && !channel.discardsInput() && hasUnread(session);
    }

    /** In loops as those of a socket channel, of as many reads as the allocator's handle wants, none above its guess. */
    private void read(MultipathSession session) {
        while (canRead(session) && (looping || readPending)) {
            if (!looping) {
                begin();
            } else if (!loop.continueReading(UncheckedBooleanSupplier.TRUE_SUPPLIER)) {
                complete();
                continue;
            }
            readOnce(session);
        }
    }

    @SuppressWarnings("deprecation") // as above
    private void begin() {
        // As the native transports do: Netty has no handle that is not an extended one.
        ExtendedHandle handle = (ExtendedHandle) channel.unsafe().recvBufAllocHandle();
        if (handle != loop) {
            // A channel has one for all its loops: what is not written is no work for the garbage collector.
            loop = handle;
        }
        looping = true;
        loop.reset(channel.config());
    }

    private void readOnce(MultipathSession session) {
        // At each, as the socket channels do: what is asked for in a loop that reads on is granted by that.
        readPending = false;
        int attemptedBytes = Math.max(1, loop.guess());
        ByteBuf piece = read(session, attemptedBytes);
        loop.attemptedBytesRead(attemptedBytes);
        loop.lastBytesRead(piece.readableBytes());
        loop.incMessagesRead(1);
        channel.pipeline().fireChannelRead(piece);
    }

    private void complete() {
        if (looping) {
            looping = false;
            loop.readComplete();
            channel.pipeline().fireChannelReadComplete();
        }
    }

    private ByteBuf read(MultipathSession session, int maxBytes) {
        ByteBuf received = rest != null ? rest : session.pollReceived();
        if (received.readableBytes() > maxBytes) {
            rest = received;
            return received.readRetainedSlice(maxBytes);
        }
        rest = null;
        return received;
    }

    /** As the socket channels do: who has shut the input down, and allows no half-closure, has nothing to be told. */
    private void tellEnd() {
        if (!channel.config().getOption(ChannelOption.ALLOW_HALF_CLOSURE)) {
            if (!channel.discardsInput()) {
                channel.closeItself();
            }
            return;
        }
        if (!channel.discardsInput()) {
            channel.inputShutdown();
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
        if (channel.isActive()) {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        }
    }
}
