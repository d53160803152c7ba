package dev.multipath.testsuite.kill;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * The application at one end of a session: does what the plan says, compares each byte, and records what it is told. On the
 * session's event loop; its getters are for any thread once {@link #isOver}.
 */
final class End extends ChannelInboundHandlerAdapter {

    /** The pace is kept in so many steps. */
    private static final int PACE_STEPS = 20;

    private static final int SLOW_READ_MILLIS = 3;

    private static final long WATCH_MILLIS = 200;

    private final Plan plan;
    private final Plan.Side side;
    private final Direction whose;
    private final Limits limits;
    private final BiConsumer<End, Kill.Phase> phases;
    private final Runnable whenOver;
    private final Record record;
    private final Set<Integer> peerPorts = ConcurrentHashMap.newKeySet();
    private final Set<Integer> ownPorts = ConcurrentHashMap.newKeySet();
    private final Set<Integer> portsAtAbort = ConcurrentHashMap.newKeySet();

    private volatile MultipathChannel channel;
    private boolean sending;
    private long mayBeSentBytes;
    private long lastProgressNanos = System.nanoTime();
    private long slowUntilNanos;
    private boolean left;

    End(
            Plan plan,
            Direction whose,
            Limits limits,
            long startNanos,
            BiConsumer<End, Kill.Phase> phases,
            Runnable whenOver) {
        this.plan = plan;
        this.whose = whose;
        this.limits = limits;
        this.phases = phases;
        this.whenOver = whenOver;
        side = plan.side(whose);
        record = new Record(plan, whose, startNanos);
    }

    Direction whose() {
        return whose;
    }

    Record record() {
        return record;
    }

    /** Whether there is nothing more to come. Any thread. */
    boolean isOver() {
        return record.closed;
    }

    /** The ports that its subflows ever had, its own and those they lead to. Any thread. */
    Set<Integer> ownPorts() {
        return ownPorts;
    }

    Set<Integer> peerPorts() {
        return peerPorts;
    }

    /** Of all subflows over which an abort could be told. Any thread. */
    Set<Integer> portsAtAbort() {
        return portsAtAbort;
    }

    /** Any thread, once it is in a pipeline. */
    MultipathChannel channel() {
        return channel;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = (MultipathChannel) ctx.channel();
        if (channel.isActive()) {
            begin();
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin();
    }

    private void begin() {
        if (record.began) {
            return;
        }
        record.began = true;
        noteSubflows();
        record.tell("active, " + channel.subflows());
        progress();
        slowUntilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(side.slowReadMillis());
        if (side.slowReadMillis() > 0) {
            channel.config().setAutoRead(false);
            readSlowly();
        }
        if (plan.isEcho(whose)) {
            checkComplete();
        } else {
            keepPace(side.paceMillis() == 0 ? PACE_STEPS : 0);
        }
        watch();
    }

    private void noteSubflows() {
        channel.subflows().forEach(subflow -> {
            ownPorts.add(port(subflow.local()));
            peerPorts.add(port(subflow.remote()));
        });
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    private void progress() {
        lastProgressNanos = System.nanoTime();
    }

    private void later(long millis, Runnable task) {
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (!record.closed) {
                                task.run();
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    // ---- sending

    private void keepPace(int step) {
        mayBeSentBytes = side.bytes() * step / PACE_STEPS;
        send();
        if (step < PACE_STEPS) {
            later(Math.max(1, side.paceMillis() / PACE_STEPS), () -> keepPace(step + 1));
        }
    }

    private void send() {
        if (sending || plan.isEcho(whose)) {
            return;
        }
        sending = true;
        while (record.sentBytes < mayBeSentBytes && channel.isWritable() && !isLeaving()) {
            int bytes = (int) Math.min(side.writeBytes(), mayBeSentBytes - record.sentBytes);
            write(channel.alloc()
                    .buffer(bytes)
                    .writeBytes(Content.bytes(plan.session(), plan.contentOf(whose), record.sentBytes, bytes)));
            channel.flush();
        }
        sending = false;
        checkComplete();
    }

    private void write(ByteBuf bytes) {
        record.sentBytes += bytes.readableBytes();
        channel.write(bytes);
        progress();
        checkEarly();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        progress();
        if (plan.isEcho(whose)) {
            channel.config().setAutoRead(channel.isWritable());
        } else {
            send();
        }
    }

    // ---- receiving

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf received = (ByteBuf) msg;
        record.onReceived(received);
        progress();
        if (plan.isEcho(whose) && !isLeaving()) {
            write(received);
        } else {
            received.release();
        }
        checkEarly();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (plan.isEcho(whose)) {
            channel.flush();
        }
        checkComplete();
    }

    private void readSlowly() {
        boolean slow = System.nanoTime() - slowUntilNanos < 0;
        if (!slow) {
            // An echo that cannot be written waits.
            channel.config().setAutoRead(!plan.isEcho(whose) || channel.isWritable());
        } else {
            channel.read();
            later(SLOW_READ_MILLIS, this::readSlowly);
        }
    }

    // ---- events

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        noteSubflows();
        if (event instanceof SubflowEvent subflow) {
            record.tell(subflow.kind() + " " + subflow.path().label() + " "
                    + subflow.path().remote() + (subflow.cause() == null ? "" : " " + subflow.cause()));
        } else {
            record.tell(String.valueOf(event));
        }
        if (event == MultipathSessionEvent.SUSPENDED) {
            phases.accept(this, Kill.Phase.SUSPENDED);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            progress();
            record.onInputEnded();
            phases.accept(this, Kill.Phase.INPUT_ENDED);
            checkComplete();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        record.onException(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        record.onInactive(left);
        phases.accept(this, Kill.Phase.INPUT_ENDED);
    }

    /** The last event of all. */
    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
        record.tell("unregistered");
        record.closed = true;
        whenOver.run();
    }

    // ---- the end

    private boolean isLeaving() {
        return left || record.outputEnded;
    }

    private boolean hasSentAll() {
        return record.sentBytes == side.bytes();
    }

    private boolean hasReceivedAll() {
        return record.receivedBytes == plan.side(whose.other()).bytes();
    }

    private void checkComplete() {
        boolean sentAll = plan.isEcho(whose)
                ? record.inputEnded && record.sentBytes == record.receivedBytes || hasSentAll()
                : hasSentAll();
        if (!sentAll || left || !channel.isActive()) {
            return;
        }
        switch (side.ending()) {
            case SHUTDOWN -> {
                if (!record.outputEnded) {
                    endOutput();
                    channel.flush();
                    channel.shutdownOutput();
                }
                if (record.inputEnded) {
                    close();
                }
            }
            case CLOSE_WHEN_COMPLETE -> {
                if (hasReceivedAll() || record.inputEnded) {
                    close();
                }
            }
            case WAIT -> {
                // The other end closes.
            }
        }
    }

    private void endOutput() {
        record.tell("output ended after " + record.sentBytes);
        record.outputEnded = true;
        phases.accept(this, Kill.Phase.OUTPUT_ENDED);
    }

    private void close() {
        if (!left) {
            left = true;
            if (!record.outputEnded) {
                endOutput();
            }
            record.tell("close()");
            record.left = true;
            phases.accept(this, Kill.Phase.CLOSING);
            channel.flush();
            ChannelFuture closing = channel.close();
            closing.addListener(closed -> record.onCloseDone(closed.cause()));
        }
    }

    private void checkEarly() {
        if (side.early() == Plan.Early.NO
                || left
                || record.sentBytes + record.receivedBytes < side.earlyBytes()
                || !channel.isActive()) {
            return;
        }
        if (side.early() == Plan.Early.LEAVE) {
            record.leftEarly = true;
            close();
        } else {
            abort(Plan.ABORT_CODE);
        }
    }

    /** On the session's event loop. */
    void abort(long code) {
        if (!left) {
            left = true;
            record.tell("abort(" + code + ") with " + channel.subflows());
            record.abortCode = code;
            channel.subflows().forEach(subflow -> {
                portsAtAbort.add(port(subflow.local()));
                portsAtAbort.add(port(subflow.remote()));
            });
            channel.abort(code, "kill test");
        }
    }

    /** An application has time-outs, where a network may be silent for ever, or the protocol knows no end. */
    private void watch() {
        boolean idle = System.nanoTime() - lastProgressNanos > limits.patience().toNanos();
        if (!idle || left) {
            later(WATCH_MILLIS, this::watch);
        } else if (!plan.extended() && hasSentAll() && hasReceivedAll()) {
            record.tell("the other end's close was not heard");
            record.closeUnheard = true;
            close();
        } else if (plan.fate() == Plan.Fate.MORTAL || plan.isBrokenOff()) {
            abort(Plan.GAVE_UP_CODE);
        } else {
            later(WATCH_MILLIS, this::watch);
        }
    }

    /** For the report: what is still there. Any thread. */
    List<String> state() {
        List<String> lines = new ArrayList<>();
        if (channel != null && !record.closed) {
            lines.add(channel + " " + channel.subflows());
            lines.addAll(List.of(channel.stats().format().split("\n")));
        }
        return lines;
    }
}
