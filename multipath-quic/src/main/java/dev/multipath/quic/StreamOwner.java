package dev.multipath.quic;

import io.netty.buffer.ByteBuf;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/** What the stream of a {@link QuicConnection} brings, and how it ends. On the event loop. */
interface StreamOwner {
    /** There is a stream now. */
    void onStream();

    void onWritten();

    void onData(ByteBuf data);

    /** Whether more may be read than what has been asked for. */
    boolean wantsMore();

    void onReadComplete();

    /** The peer's FIN. */
    void onInputEnded();

    /** Cut: nothing comes any more, and nothing goes. */
    void onLost(Throwable cause);

    /** TLS has succeeded. */
    void onSecured(SslHandshakeCompletionEvent event);
}
