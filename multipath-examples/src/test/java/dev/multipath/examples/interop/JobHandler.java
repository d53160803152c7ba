package dev.multipath.examples.interop;

import dev.multipath.session.MultipathException;
import dev.multipath.session.TruncatedStreamException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;

/** A job on a Netty channel of any kind, in plain application code. One object a channel, on its event loop. */
final class JobHandler extends SimpleChannelInboundHandler<ByteBuf> {

    /** What is written in one turn of the event loop, so that reads get their turn. */
    private static final int BYTES_PER_TURN = 1 << 20;

    private final Job job;
    private final long streamBytes;
    private final int writeBytes;
    private final SeededStream outgoing;
    private final SeededStream incoming;
    private final MessageDigest digest;
    private final byte[] receipt = new byte[Job.RECEIPT_BYTES];
    private final CompletableFuture<Peer.Outcome> end = new CompletableFuture<>();
    private volatile ChannelHandlerContext context;
    private volatile long written;
    private volatile long read;
    private boolean inWriteStream;
    /** Of the whole stream a source has written. */
    private byte[] expected;
    /** Of the whole stream, once the job is done. */
    private byte[] sha256;

    JobHandler(final Job job, final long streamBytes, final int writeBytes, final long seed) {
        this.job = job;
        this.streamBytes = streamBytes;
        this.writeBytes = writeBytes;
        this.outgoing = new SeededStream(seed);
        this.incoming = new SeededStream(seed);
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (final NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    CompletableFuture<Peer.Outcome> end() {
        return end;
    }

    /** The session could not begin. */
    void fail(final Throwable cause) {
        end.completeExceptionally(cause);
    }

    /** Closes the session, if there is one; from any thread. */
    void abort() {
        final ChannelHandlerContext session = context;
        if (session != null) {
            session.close();
        }
    }

    String progress() {
        return "read " + read + ", written " + written;
    }

    @Override
    public void handlerAdded(final ChannelHandlerContext added) {
        context = added;
    }

    @Override
    public void channelActive(final ChannelHandlerContext context) {
        writeStream(context);
        context.fireChannelActive();
    }

    @Override
    public void channelWritabilityChanged(final ChannelHandlerContext context) {
        if (job == Job.ECHO_SERVER) {
            context.channel().config().setAutoRead(context.channel().isWritable());
        } else {
            writeStream(context);
        }
        context.fireChannelWritabilityChanged();
    }

    @Override
    protected void channelRead0(final ChannelHandlerContext context, final ByteBuf bytes) throws IOException {
        final long before = read;
        read = before + bytes.readableBytes();
        switch (job) {
            case SOURCE -> readReceipt(context, bytes, before);
            case SINK -> {
                readStream(bytes);
                if (read == streamBytes) {
                    sha256 = digest.digest();
                    write(context, sha256);
                    context.flush();
                }
            }
            case ECHO_CLIENT -> {
                readStream(bytes);
                if (read == streamBytes) {
                    sha256 = digest.digest();
                    context.close();
                }
            }
            case ECHO_SERVER -> {
                digest.update(bytes.nioBuffer());
                while (bytes.isReadable()) {
                    final int part = Math.min(writeBytes, bytes.readableBytes());
                    written += part;
                    context.write(bytes.readRetainedSlice(part))
                            .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
                }
            }
        }
    }

    @Override
    public void channelReadComplete(final ChannelHandlerContext context) {
        if (job == Job.ECHO_SERVER) {
            context.flush();
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void channelInactive(final ChannelHandlerContext context) {
        if (job == Job.ECHO_SERVER) {
            sha256 = digest.digest();
        }
        if (sha256 == null) {
            end.completeExceptionally(new IOException("closed too early: " + progress()));
        } else {
            end.complete(new Peer.Outcome(
                    job == Job.ECHO_SERVER ? read : streamBytes, HexFormat.of().formatHex(sha256)));
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext context, final Throwable cause) {
        if (cause instanceof MultipathException
                && !(cause instanceof TruncatedStreamException)
                && (sha256 != null || job == Job.ECHO_SERVER)) {
            // A Go peer closes as soon as it has read the last bytes, often before it has acknowledged them, and with a
            // reset if control frames are left unread in its socket. Whether it has them all, its own result tells.
            context.close();
            return;
        }
        end.completeExceptionally(cause);
        context.close();
    }

    private void writeStream(final ChannelHandlerContext context) {
        if (job != Job.SOURCE && job != Job.ECHO_CLIENT || inWriteStream) {
            return; // a write or a flush can change the writability, which calls this again
        }
        inWriteStream = true;
        final long turnEnds = Math.min(streamBytes, written + BYTES_PER_TURN);
        while (written < turnEnds && context.channel().isWritable()) {
            final byte[] part = outgoing.next((int) Math.min(writeBytes, streamBytes - written));
            if (job == Job.SOURCE) {
                digest.update(part);
            }
            write(context, part);
            if (job == Job.SOURCE && written == streamBytes) {
                expected = digest.digest();
            }
        }
        context.flush();
        inWriteStream = false;
        if (written < streamBytes && context.channel().isWritable()) {
            context.executor().execute(() -> writeStream(context));
        }
    }

    private void readReceipt(final ChannelHandlerContext context, final ByteBuf bytes, final long before)
            throws IOException {
        if (read > receipt.length || expected == null) {
            throw new IOException("more than a receipt, or too early a one: " + progress());
        }
        bytes.readBytes(receipt, (int) before, bytes.readableBytes());
        if (read == receipt.length) {
            if (!Arrays.equals(receipt, expected)) {
                throw new IOException("the receipt is of another stream");
            }
            sha256 = expected;
            context.close();
        }
    }

    private void readStream(final ByteBuf bytes) throws IOException {
        if (read > streamBytes) {
            throw new IOException("bytes beyond the end of the stream: " + progress());
        }
        final byte[] got = new byte[bytes.readableBytes()];
        bytes.readBytes(got);
        final int mismatch = Arrays.mismatch(got, incoming.next(got.length));
        if (mismatch >= 0) {
            throw new IOException("wrong byte at " + (read - got.length + mismatch));
        }
        digest.update(got);
    }

    private void write(final ChannelHandlerContext context, final byte[] bytes) {
        written += bytes.length;
        context.write(Unpooled.wrappedBuffer(bytes)).addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    }
}
