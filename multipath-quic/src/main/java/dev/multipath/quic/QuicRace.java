package dev.multipath.quic;

import dev.multipath.transport.SubflowSetup;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One subflow that is dialled by QUIC and, a little later, by another transport: what is ready first is taken (RFC 8305 does so
 * with addresses). The setup is for that one only. If it is not QUIC, its attempt goes on until it is known whether UDP comes
 * through: to be slower is not to be blocked. On the event loop.
 */
final class QuicRace {

    /** RFC 8305 section 5: Connection Attempt Delay. */
    static final long HEAD_START_MILLIS = 250;

    private final EventLoop eventLoop;
    private final SubflowSetup setup;
    private final UdpMemory memory;
    private final UdpMemory.Network network;
    private final Promise<Channel> winner;
    private Future<Channel> quic;
    private Future<Channel> other;
    private ScheduledFuture<?> headStart;

    QuicRace(EventLoop eventLoop, SubflowSetup setup, UdpMemory memory, UdpMemory.Network network) {
        this.eventLoop = eventLoop;
        this.setup = setup;
        this.memory = memory;
        this.network = network;
        winner = eventLoop.newPromise();
    }

    Future<Channel> run(
            Function<SubflowSetup, Future<Channel>> dialQuic, Function<SubflowSetup, Future<Channel>> dialOther) {
        SubflowSetup candidate = new SubflowSetup(setup.options(), subflow -> {});
        winner.addListener(done -> {
            if (!winner.isSuccess()) {
                giveUp();
            }
        });
        headStart = eventLoop.schedule(() -> dialOther(dialOther, candidate), HEAD_START_MILLIS, TimeUnit.MILLISECONDS);
        quic = attempt(dialQuic, candidate);
        quic.addListener(done -> {
            if (quic.isSuccess()) {
                onQuicReady();
            } else {
                onQuicFailed(dialOther, candidate);
            }
        });
        return winner;
    }

    private Future<Channel> attempt(Function<SubflowSetup, Future<Channel>> dial, SubflowSetup candidate) {
        try {
            return dial.apply(candidate);
        } catch (RuntimeException e) {
            return eventLoop.newFailedFuture(e);
        }
    }

    private void onQuicReady() {
        memory.onThrough(network);
        headStart.cancel(false);
        if (winner.isDone()) {
            quic.getNow().close();
        } else if (win(quic.getNow()) && other != null) {
            other.cancel(false);
            other.addListener(done -> {
                // It was ready just then.
                if (other.isSuccess() && winner.getNow() != other.getNow()) {
                    other.getNow().close();
                }
            });
        }
    }

    private void onQuicFailed(Function<SubflowSetup, Future<Channel>> dialOther, SubflowSetup candidate) {
        if (winner.isSuccess()) {
            memory.onBlocked(network);
        } else if (!winner.isDone() && headStart.cancel(false)) {
            dialOther(dialOther, candidate);
        } else if (other != null && other.isDone() && !other.isSuccess()) {
            fail();
        }
    }

    private void dialOther(Function<SubflowSetup, Future<Channel>> dial, SubflowSetup candidate) {
        if (winner.isDone()) {
            return;
        }
        other = attempt(dial, candidate);
        other.addListener(done -> {
            if (winner.isDone()) {
                return;
            }
            if (!other.isSuccess()) {
                if (quic.isDone()) {
                    fail();
                }
            } else if (win(other.getNow()) && quic.isDone()) {
                memory.onBlocked(network);
            }
        });
    }

    private boolean win(Channel channel) {
        try {
            setup.initializer().initialize(channel);
        } catch (Exception e) {
            channel.close();
            winner.tryFailure(e);
            return false;
        }
        return winner.trySuccess(channel);
    }

    private void fail() {
        Throwable cause = other.cause();
        if (cause != quic.cause()) {
            cause.addSuppressed(quic.cause());
        }
        winner.tryFailure(cause);
    }

    private void giveUp() {
        headStart.cancel(false);
        quic.cancel(false);
        if (other != null) {
            other.cancel(false);
        }
    }
}
