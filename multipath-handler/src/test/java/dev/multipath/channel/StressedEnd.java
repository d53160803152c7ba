package dev.multipath.channel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * One end of a session that several threads write to at once: numbered records, whose order and bytes the other end checks.
 * Each {@link Writer} belongs to a thread; the getters are for any.
 */
final class StressedEnd extends Recorder {

    private static final int HEADER_BYTES = 9;

    private final List<Writer> writers = new ArrayList<>();

    /** Of the peer's writers, how many of their records have come, all in order. */
    private final AtomicIntegerArray received;

    private volatile String violation;
    private volatile boolean inputEnded;

    // the record that is being received
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerBytes;
    private int writer;
    private int number;
    private int length;
    private int payloadBytes;

    StressedEnd(int threads) {
        received = new AtomicIntegerArray(threads);
        for (int i = 0; i < threads; i++) {
            writers.add(new Writer(i));
        }
    }

    /** One thread's records. */
    final class Writer {
        private final int index;
        private final List<ChannelFuture> writes = new ArrayList<>();

        private Writer(int index) {
            this.index = index;
        }

        ChannelFuture write(int bytes, boolean flush) {
            int record = writes.size();
            byte[] payload = new byte[bytes];
            for (int i = 0; i < bytes; i++) {
                payload[i] = payloadAt(index, record, i);
            }
            ByteBuf buffer = channel().alloc().buffer(HEADER_BYTES + bytes);
            buffer.writeByte(index).writeInt(record).writeInt(bytes).writeBytes(payload);
            ChannelFuture write =
                    flush ? channel().writeAndFlush(buffer) : channel().write(buffer);
            writes.add(write);
            return write;
        }

        /** How many writes have succeeded, which are the first ones. All must be done. */
        private int succeeded() {
            int succeeded = 0;
            while (succeeded < writes.size() && writes.get(succeeded).isSuccess()) {
                succeeded++;
            }
            for (ChannelFuture later : writes.subList(succeeded, writes.size())) {
                if (later.isSuccess()) {
                    throw new AssertionError(
                            "writer " + index + ": a write succeeded after write " + succeeded + " had failed");
                }
            }
            return succeeded;
        }
    }

    private static byte payloadAt(int writer, int record, int place) {
        return (byte) (writer * 59 + record * 31 + place + (place >>> 8) * 7);
    }

    Writer writer(int index) {
        return writers.get(index);
    }

    boolean isInputEnded() {
        return inputEnded;
    }

    /** What this end has got that the other has not sent, or in another order; or null. */
    String violation() {
        return violation;
    }

    /** Whether this end has all whose writes have succeeded at the other. */
    boolean hasAllOf(StressedEnd sender) {
        for (Writer from : sender.writers) {
            if (received.get(from.index) != from.succeeded()) {
                return false;
            }
        }
        return true;
    }

    /** What this end has is the beginning of what the other has written; else says how it is not. */
    String excessOver(StressedEnd sender) {
        for (Writer from : sender.writers) {
            if (received.get(from.index) > from.succeeded()) {
                return "received " + received.get(from.index) + " records of writer " + from.index + ", of which only "
                        + from.succeeded() + " were written with success";
            }
        }
        return null;
    }

    /** For messages. */
    String progress() {
        return "received " + received + " of the peer's; violation " + violation + "; exceptions " + exceptions();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf buffer = (ByteBuf) msg;
        byte[] bytes = ByteBufUtil.getBytes(buffer);
        buffer.release();
        if (violation == null) {
            for (byte next : bytes) {
                accept(next);
            }
        }
    }

    private void accept(byte next) {
        if (headerBytes < HEADER_BYTES) {
            header[headerBytes++] = next;
            if (headerBytes == HEADER_BYTES) {
                onHeader();
            }
        } else {
            check(next == payloadAt(writer, number, payloadBytes), "byte " + payloadBytes);
            payloadBytes++;
        }
        if (headerBytes == HEADER_BYTES && payloadBytes == length && violation == null) {
            received.incrementAndGet(writer);
            headerBytes = 0;
            payloadBytes = 0;
        }
    }

    private void onHeader() {
        writer = header[0];
        number = intAt(1);
        length = intAt(5);
        check(writer >= 0 && writer < received.length() && number == received.get(writer), "header");
    }

    private int intAt(int place) {
        int value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            value = value << Byte.SIZE | header[place + i] & 0xff;
        }
        return value;
    }

    private void check(boolean right, String where) {
        if (!right && violation == null) {
            violation = where + " of record " + number + " of writer " + writer + ", length " + length + ", received "
                    + received;
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        super.userEventTriggered(ctx, event);
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
        }
    }
}
