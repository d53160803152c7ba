package dev.multipath.quic;

import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.handler.codec.quic.QuicException;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamResetException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * A QUIC connection with its one stream, which is all that a subflow is. In the pipeline of the QUIC channel, on its event loop.
 *
 * <p><b>Ends.</b> In order is a FIN each way, and behind both CONNECTION_CLOSE with the code {@link ResetFrame#FINISHED}, from
 * whoever has waited long enough for the other's packets to be repeated. All else is a cut: a reset of the stream, a
 * CONNECTION_CLOSE before the FIN, silence. So nothing that the network does looks like an end in order.
 *
 * <p><b>Writing.</b> One write is under way on the stream at a time, and no more than {@link #MAX_WRITE_BYTES}. What quiche does
 * not take, for the congestion window or flow control, waits there; the rest in the subflow's own buffer, whose water marks
 * count. Netty's stream channel would queue without a limit.
 */
final class QuicConnection extends ChannelInboundHandlerAdapter implements ReadBatch.Reader {

    /** Whether the peer has proved who it is. */
    enum Security {
        /** Not yet; what leaves first decides. */
        PENDING,
        /** Not yet, and early data leave: whoever records them may have the server see them again. */
        EARLY,
        /** Not yet, and nothing leaves until it has. */
        HELD,
        SECURED
    }

    private enum State {
        OPEN,
        /** Nobody owns it any more; what it has taken is being delivered. */
        ENDING,
        /** Cut; the peer is being told. */
        RESETTING,
        CLOSED
    }

    /** How long an end waits, so that the packets that say it can be repeated: some round trips, by the network's measure. */
    private static final int LINGER_RTTS = 4;

    private static final long MIN_LINGER_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    /** As long as a session waits for the end of a subflow ({@code OrderlyClose}). */
    private static final long MAX_LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long a peer may take to answer a reset: a busy one, or a long way with losses. As what has no session yet. */
    private static final long MAX_RESET_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final QuicChannel channel;
    private final ReadBatch batch;
    private final StreamOwner owner;
    private State state = State.OPEN;
    private Security security;
    private QuicStreamChannel stream;

    /** What the last write has not written yet; null if none is under way. */
    private ChannelFuture writing;

    /** As many as it had; quiche may have taken some. */
    private int writingBytes;

    private boolean outputEnded;
    private boolean finSent;
    private boolean finReceived;
    private boolean readScheduled;
    private boolean deferred;
    private Throwable lastError;

    QuicConnection(QuicChannel channel, ReadBatch batch, StreamOwner owner, Security security) {
        this.security = security;
        this.channel = channel;
        this.batch = batch;
        this.owner = owner;
    }

    /** The one stream has been opened, by either end; {@link #begin} is to follow when it is registered. */
    void attach(QuicStreamChannel opened, RecvByteBufAllocator allocator) {
        stream = opened;
        stream.config().setAutoRead(false).setRecvByteBufAllocator(allocator);
        stream.pipeline().addLast(new StreamHandler());
    }

    void begin() {
        owner.onStream();
    }

    boolean hasStream() {
        return stream != null;
    }

    // ---- output

    /** Whether something can be written now; if not, {@link StreamOwner#onWritten} tells when. */
    boolean isWritable() {
        return stream != null && writing == null && !outputEnded && security != Security.HELD;
    }

    /** What may be written now, by the windows of the network and of the peer. */
    long roomBytes() {
        return stream == null ? 0 : stream.bytesBeforeUnwritable();
    }

    /** Whether this may be sent now. If not, {@link StreamOwner#onWritten} tells when. */
    boolean mayLeave(ByteBuf data) {
        if (security == Security.PENDING) {
            security = EarlyFlight.isHarmless(data) ? Security.EARLY : Security.HELD;
        }
        return security != Security.HELD;
    }

    /** Takes a buffer. */
    void write(ByteBuf data) {
        int bytes = data.readableBytes();
        ChannelFuture write = stream.write(data);
        if (write.isSuccess()) {
            return;
        }
        writing = write;
        writingBytes = bytes;
        write.addListener(this::onWritten);
    }

    private void onWritten(Future<?> written) {
        writing = null;
        writingBytes = 0;
        if (state == State.RESETTING) {
            return;
        }
        if (!written.isSuccess()) {
            lose(lastError == null ? written.cause() : lastError);
        } else if (outputEnded) {
            sendFin();
        } else {
            owner.onWritten();
        }
    }

    /** A FIN behind all that was taken. */
    void endOutput() {
        if (!outputEnded) {
            outputEnded = true;
            if (writing == null) {
                sendFin();
            }
        }
    }

    private void sendFin() {
        finSent = true;
        if (stream != null) {
            stream.shutdownOutput();
        }
        if (state == State.ENDING) {
            linger();
        }
    }

    // ---- input

    /** One turn of reading; not at once, as whoever reads on and on is not to have the loop for himself. */
    void read() {
        if (stream != null && !readScheduled) {
            readScheduled = true;
            eventLoop().execute(() -> {
                readScheduled = false;
                stream.read();
            });
        }
    }

    @Override
    public void endBatch() {
        if (state == State.OPEN && owner.wantsMore()) {
            // The first packet's were read alone.
            stream.read();
        }
        deferred = false;
        owner.onReadComplete();
    }

    private final class StreamHandler extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            if (state == State.OPEN) {
                owner.onData((ByteBuf) msg);
            } else {
                ReferenceCountUtil.release(msg);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (deferred) {
                return;
            }
            deferred = batch.defers(QuicConnection.this);
            if (!deferred) {
                owner.onReadComplete();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownReadComplete.INSTANCE && !finReceived) {
                finReceived = true;
                if (state == State.OPEN) {
                    owner.onInputEnded();
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            lose(
                    cause instanceof QuicStreamResetException reset
                            ? new QuicSubflowException(
                                    "the peer cut the subflow, code " + reset.applicationProtocolCode(),
                                    reset.applicationProtocolCode(),
                                    cause)
                            : cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!finReceived || !finSent) {
                lose(lostCause());
            }
        }
    }

    // ---- the connection

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof QuicConnectionCloseEvent close) {
            onPeerClosed(close);
        } else if (event instanceof SslHandshakeCompletionEvent tls && tls.isSuccess()) {
            security = Security.SECURED;
            owner.onSecured(tls);
            if (isWritable()) {
                owner.onWritten();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    /** Of a connection that was in use before its handshake was done. */
    void onHandshakeFailed(Throwable cause) {
        lose(cause);
    }

    private void onPeerClosed(QuicConnectionCloseEvent close) {
        lastError = QuicTls.cause(close);
        if (close.isApplicationClose() && close.error() == ResetFrame.FINISHED) {
            // What came in the same packet, a FIN perhaps, is read first.
            eventLoop().execute(() -> {
                if (finReceived) {
                    close();
                } else {
                    lose(lastError);
                }
            });
        } else {
            lose(lastError);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        lastError = cause;
        // Others are of single packets, which anybody may have sent.
        if (cause instanceof SSLException || cause instanceof QuicException quic && quic.error() != null) {
            // Not while quiche is at work on it: closing frees it.
            eventLoop().execute(() -> lose(cause));
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lose(lostCause());
    }

    private Throwable lostCause() {
        if (lastError != null) {
            return lastError;
        }
        return new QuicSubflowException(
                channel.isTimedOut() ? "the peer has fallen silent" : "the QUIC connection is closed",
                QuicSubflowException.NO_CODE,
                null);
    }

    private void lose(Throwable cause) {
        if (state == State.OPEN) {
            close(ResetFrame.INTERNAL_ERROR);
            owner.onLost(cause);
        } else {
            close();
        }
    }

    // ---- ends of our own

    /** Its owner is done: what was taken is delivered, then the end is said. */
    void end() {
        if (state != State.OPEN) {
            return;
        }
        state = State.ENDING;
        if (stream == null) {
            close();
        } else if (finSent) {
            linger();
        } else {
            // Whatever becomes of the write that is under way.
            closeAfter(MAX_LINGER_NANOS, ResetFrame.FINISHED);
            endOutput();
        }
    }

    private void linger() {
        long rttNanos = Math.max(0, stats(0).smoothedRttNanos());
        closeAfter(Math.min(MAX_LINGER_NANOS, Math.max(MIN_LINGER_NANOS, LINGER_RTTS * rttNanos)), ResetFrame.FINISHED);
    }

    private void closeAfter(long nanos, long code) {
        try {
            Future<?> limit = eventLoop().schedule(() -> close(code), nanos, TimeUnit.NANOSECONDS);
            // Mostly the peer is faster, and nothing is to be kept for those that are gone.
            channel.closeFuture().addListener(closed -> limit.cancel(false));
        } catch (RejectedExecutionException e) {
            close(code);
        }
    }

    /**
     * Cuts the subflow, and tells the peer why. quiche sends a close once, and only if its congestion window has room; were it lost,
     * the peer would find out by the idle timeout. A reset of the stream is repeated; the peer answers with its own close.
     */
    void reset(long code) {
        if (state == State.RESETTING) {
            return;
        }
        // Behind a FIN a reset of the stream says nothing.
        if (state == State.CLOSED || stream == null || finSent || !channel.isActive()) {
            close(code);
            return;
        }
        state = State.RESETTING;
        stream.shutdownOutput(Farewell.errorOf(code));
        // The answer is behind what the peer has sent; and if both cut at once, each one's reset is the answer.
        stream.config().setAutoRead(true);
        stream.read();
        closeAfter(MAX_RESET_NANOS, code);
    }

    /** Whether or not the peer has been told. */
    void closeAtOnce() {
        close(state == State.ENDING && finSent ? ResetFrame.FINISHED : ResetFrame.GOING_AWAY);
    }

    private void close() {
        close(ResetFrame.FINISHED);
    }

    private void close(long code) {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            Farewell.close(channel, code);
        }
    }

    // ---- what is known of it

    /** @param waitingBytes what its owner has not given it yet */
    TransportStats stats(long waitingBytes) {
        Future<QuicConnectionPathStats> stats = channel.isActive() ? channel.collectPathStats(0) : null;
        if (stats == null || !stats.isSuccess()) {
            return TransportStats.NONE;
        }
        QuicConnectionPathStats path = stats.getNow();
        return new TransportStats(
                path.rtt(),
                path.cwnd(),
                path.deliveryRate(),
                waitingBytes + writingBytes,
                TransportStats.UNKNOWN,
                TransportStats.UNKNOWN,
                path.lost(),
                MptcpStats.NONE);
    }

    QuicChannel channel() {
        return channel;
    }

    InetSocketAddress localAddress() {
        return (InetSocketAddress) channel.localSocketAddress();
    }

    /** For whoever looks for what it waits for. */
    @Override
    public String toString() {
        return state
                + (writing == null ? "" : ", writing " + writingBytes + " bytes")
                + (outputEnded ? ", output ended" : "")
                + (finReceived ? ", input ended" : "")
                + (readScheduled ? ", about to read" : "")
                + (deferred ? ", in a batch" : "")
                + (stream == null ? ", no stream" : ", capacity " + roomBytes());
    }

    private EventLoop eventLoop() {
        return channel.eventLoop();
    }
}
