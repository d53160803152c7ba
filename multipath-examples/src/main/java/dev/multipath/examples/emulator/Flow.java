package dev.multipath.examples.emulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Future;

/**
 * One direction of one connection: reads segments off its source when the link has room and the destination keeps up,
 * and writes what has arrived to the destination. Lives on the emulator's event loop.
 */
final class Flow implements Segment.Sender {

    /** The connection that it is one direction of. */
    interface Owner {
        /** It was aborted. */
        void abort();

        /** The destination has got the source's FIN. */
        void closeIfFinished();
    }

    private enum State {
        /** Not reading: the destination has enough to do, or is not there yet. */
        STOPPED,
        WAITING_FOR_ROOM,
        /** A read has been asked for and has not happened yet. */
        READING,
        /** The source's FIN is on its way or delivered. May still become {@link #ABORTED}. */
        FINISHED,
        /** The source's reset is on its way, or the connection has ended. Final. */
        ABORTED
    }

    private final Owner connection;
    private final Channel source;
    private final Channel destination;
    private final Link link;
    private State state = State.STOPPED;
    private boolean finDelivered;

    Flow(Owner connection, Channel source, Channel destination, Link link) {
        this.connection = connection;
        this.source = source;
        this.destination = destination;
        this.link = link;
    }

    /** Reads on, if it had stopped and the destination can take more. */
    void resume() {
        if (state == State.STOPPED && destination.isWritable()) {
            state = State.WAITING_FOR_ROOM;
            link.awaitRoom(this);
        }
    }

    @Override
    public boolean read() {
        if (state != State.WAITING_FOR_ROOM) {
            return false;
        }
        state = State.READING;
        source.read();
        return true;
    }

    int readBytes() {
        return link.readBytes();
    }

    /** Bytes from the source; takes over the buffer. */
    void received(ByteBuf payload) {
        if (state == State.FINISHED || state == State.ABORTED) {
            payload.release();
            return;
        }
        link.send(Segment.data(this, compact(payload)));
    }

    void readComplete() {
        if (state == State.READING) {
            link.readEnded();
            state = State.STOPPED;
        }
        link.pump();
        resume();
    }

    /** The source has shut down its output. */
    void finish() {
        if (state != State.FINISHED && state != State.ABORTED) {
            stopReading(State.FINISHED);
            link.send(Segment.end(this, Segment.Kind.FIN));
            link.pump();
        }
    }

    /** The source is gone. */
    void abort() {
        if (state != State.ABORTED) {
            stopReading(State.ABORTED);
            link.send(Segment.end(this, Segment.Kind.RESET));
            link.pump();
        }
    }

    /** The connection is over: nothing more is sent. */
    void end() {
        stopReading(State.ABORTED);
    }

    @Override
    public void deliver(Segment segment) {
        if (segment.kind() == Segment.Kind.RESET) {
            connection.abort();
        } else if (!destination.isActive()) {
            segment.release();
        } else if (segment.kind() == Segment.Kind.DATA) {
            destination.writeAndFlush(segment.payload(), destination.voidPromise());
        } else {
            // An empty write completes after those before it; a shutdown would fail what is not yet written.
            destination.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this::shutDownDestination);
        }
    }

    boolean isFinDelivered() {
        return finDelivered;
    }

    private void shutDownDestination(Future<? super Void> allWritten) {
        if (allWritten.isSuccess()) {
            finDelivered = true;
            ((DuplexChannel) destination).shutdownOutput();
            connection.closeIfFinished();
        }
    }

    private void stopReading(State next) {
        if (state == State.READING) {
            link.readEnded();
        }
        state = next;
    }

    /** A few bytes must not keep a large read buffer for as long as they travel. */
    private ByteBuf compact(ByteBuf payload) {
        int bytes = payload.readableBytes();
        if (bytes >= payload.capacity() / 2) {
            return payload;
        }
        try {
            return source.alloc().buffer(bytes).writeBytes(payload);
        } finally {
            payload.release();
        }
    }
}
