package dev.multipath.channel;

import dev.multipath.session.MultipathSession;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelOption;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;

/** Passes what a session has received in order to its channel's pipeline, and the end of it. */
final class ChannelInput {

    private final MultipathChannel channel;
    private boolean readPending;
    private boolean endTold;

    ChannelInput(MultipathChannel channel) {
        this.channel = channel;
    }

    /** The application wants to read. */
    void request() {
        readPending = true;
        SessionDriver driver = channel.driver();
        if (driver != null && driver.session().hasReceived()) {
            driver.pumpLater();
        }
    }

    /** The application wants no more than what is being delivered. */
    void stop() {
        readPending = false;
    }

    /** As far as the application wants to read. */
    void deliver() {
        MultipathSession session = channel.driver().session();
        if (channel.discardsInput()) {
            discard(session);
        }
        while (readPending && channel.isActive() && session.hasReceived()) {
            readOnce(session);
        }
        if (channel.isActive() && !endTold && (channel.discardsInput() || isEnded(session))) {
            endTold = true;
            tellEnd();
        }
    }

    private static boolean isEnded(MultipathSession session) {
        return session.isInputEnded() && session.failure() == null;
    }

    private static void discard(MultipathSession session) {
        ByteBuf received;
        while ((received = session.pollReceived()) != null) {
            received.release();
        }
    }

    @SuppressWarnings("deprecation") // RecvByteBufAllocator.Handle, for which Netty 4.2 has no replacement yet
    private void readOnce(MultipathSession session) {
        RecvByteBufAllocator.Handle handle = channel.unsafe().recvBufAllocHandle();
        handle.reset(channel.config());
        readPending = false;
        do {
            ByteBuf received = session.pollReceived();
            if (received == null) {
                break;
            }
            handle.attemptedBytesRead(received.readableBytes());
            handle.lastBytesRead(received.readableBytes());
            handle.incMessagesRead(1);
            channel.pipeline().fireChannelRead(received);
        } while (channel.isActive() && handle.continueReading());
        handle.readComplete();
        channel.pipeline().fireChannelReadComplete();
    }

    /** As the socket channels do. */
    private void tellEnd() {
        if (channel.discardsInput()) {
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        } else if (channel.multipathConfig().get(ChannelOption.ALLOW_HALF_CLOSURE)) {
            channel.inputShutdown();
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        } else {
            channel.unsafe().close(channel.voidPromise());
        }
    }
}
