package dev.multipath.session;

import io.netty.buffer.ByteBuf;

/** The application's end of the receive window: what is read gives credit back. */
final class Inbox {

    private final ReceiveWindow receiveWindow;
    private final ReceiveCredit receiveCredit;
    private final SessionEnd end;

    Inbox(ReceiveWindow receiveWindow, ReceiveCredit receiveCredit, SessionEnd end) {
        this.receiveWindow = receiveWindow;
        this.receiveCredit = receiveCredit;
        this.end = end;
    }

    /** The next received bytes in order, owned by the caller, or null. */
    ByteBuf poll() {
        ByteBuf payload = receiveWindow.poll();
        if (payload != null) {
            receiveCredit.onConsumed(payload.readableBytes());
        }
        return payload;
    }

    /** The application is gone, but the peer must not wait for acknowledgements or credit to end its own stream. */
    void discardIfUnread() {
        if (end.state() == SessionState.DRAINING) {
            ByteBuf payload;
            while ((payload = poll()) != null) {
                payload.release();
            }
        }
    }
}
