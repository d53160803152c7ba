package dev.multipath.transport.mptcp;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Subflows by the kernel's Multipath TCP: each is one connection for the session, which the kernel may spread over paths of
 * its own. Where both know of the same paths, the session knows better what to send on which; so this is for a path whose
 * far part is of one address but whose near part has several (a router that has MPTCP to a first hop, say), and for peers
 * that reach the server only by one address. Needs an epoll event loop: io_uring's channels hang with MPTCP (they wait for
 * what the kernel tells of TCP sockets only), so they are not used for it.
 */
public final class MptcpTransport extends TransportDecorator {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MptcpTransport.class);

    private final MptcpMode mode;

    /** Null for none. */
    private final EventLoopGroup carriers;

    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * Creates one. What is missing on this system is told here: logged, or thrown.
     *
     * @param mode with {@link MptcpMode#REQUIRED}, a subflow that turns out to be one of TCP fails with a {@link
     *     MptcpUnavailableException}, or is closed if it was accepted
     * @throws MptcpUnavailableException if it is required, and this system has none
     */
    public MptcpTransport(MptcpMode mode) {
        this(Objects.requireNonNull(mode, "mode"), null);
        if (mode != MptcpMode.OFF) {
            // Whoever wants none need not find out, which may take a ring of io_uring.
            MptcpSupport.get().announce(mode);
        }
    }

    private MptcpTransport(MptcpMode mode, EventLoopGroup carriers) {
        super(SubflowTransport.ofEventLoop());
        this.mode = mode;
        this.carriers = carriers;
    }

    /**
     * The same for sessions on event loops of another kind: what is dialled lives on these. (What is accepted lives on the
     * listener's, a server bootstrap's first group.)
     *
     * @param epoll event loops of epoll, shut down by their owner
     * @return another transport; this one is as before
     */
    public MptcpTransport withEventLoops(EventLoopGroup epoll) {
        return new MptcpTransport(mode, Objects.requireNonNull(epoll, "epoll"));
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return carriers == null || !isWanted(remote) || !Mptcp.isAvailable() || isEpoll(session)
                ? session
                : carriers.next();
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        if (!isFor(eventLoop, remote)) {
            return super.dial(eventLoop, remote, local, setup);
        }
        Future<Channel> dialled = SubflowBootstrap.connect(this::newSocket, eventLoop, remote, local, setup);
        if (mode == MptcpMode.REQUIRED) {
            return SubflowBootstrap.withHandshake(dialled, eventLoop, MptcpTransport::refuseTcp);
        }
        return dialled.addListener(done -> {
            if (done.isSuccess() && !Mptcp.isMptcp(dialled.getNow())) {
                LOGGER.debug("{} is of TCP", dialled.getNow());
            }
        });
    }

    private EpollSocketChannel newSocket() {
        EpollSocketChannel channel = MptcpSupport.get().socket(mode);
        try {
            // As on the default transport's sockets: else two paths from one address need twice as many ports.
            channel.config().setOption(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
        } catch (ChannelException e) {
            LOGGER.debug("{} gets its local port when it is bound", channel, e);
        }
        return channel;
    }

    private static Future<?> refuseTcp(Channel connected) {
        return Mptcp.isMptcp(connected)
                ? connected.newSucceededFuture()
                : connected.newFailedFuture(new MptcpUnavailableException("no MPTCP to " + connected.remoteAddress()
                        + ": the peer, or something on the way, has only TCP"));
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        if (!isFor(eventLoop, local)) {
            return super.listen(eventLoop, local, setup);
        }
        SubflowSetup accepted = mode == MptcpMode.REQUIRED
                ? setup.behind(subflow -> subflow.pipeline().addLast(TcpFilter.INSTANCE))
                : setup;
        return SubflowBootstrap.bind(() -> MptcpSupport.get().serverSocket(mode), eventLoop, local, accepted);
    }

    /**
     * The kernel tells of the first subflow what it tells of a connection of TCP. While there are others that is not so of the
     * connection: a limit by the first one's window would leave the others nothing to carry. What is lost is then told as far as
     * the first one has lost it.
     */
    @Override
    public TransportStats stats(Channel subflow) {
        MptcpInfo mptcp = Mptcp.struct(subflow);
        if (mptcp == null) {
            return statsOfTcp(subflow);
        }
        TransportStats first = statsOfTcp(subflow);
        return (mptcp.isFirstSubflowAlone() ? first : lossesOf(first)).with(mptcp.stats());
    }

    private static TransportStats lossesOf(TransportStats first) {
        long unknown = TransportStats.UNKNOWN;
        return new TransportStats(
                unknown, unknown, unknown, unknown, unknown, unknown, first.lostPackets(), MptcpStats.NONE);
    }

    /** The first subflow may be gone, of which these numbers are. */
    private TransportStats statsOfTcp(Channel subflow) {
        try {
            return super.stats(subflow);
        } catch (ChannelException e) {
            LOGGER.debug("nothing is known of the way below {}", subflow, e);
            return TransportStats.NONE;
        }
    }

    /** Whether there is to be a socket of MPTCP; if there ought to be one and cannot, it says so. */
    private boolean isFor(EventLoop eventLoop, SocketAddress address) {
        if (!isWanted(address)) {
            return false;
        }
        MptcpSupport.get().announce(mode);
        if (!Mptcp.isAvailable()) {
            return false;
        }
        if (isEpoll(eventLoop)) {
            return true;
        }
        String needed = "MPTCP needs event loops of epoll";
        if (mode == MptcpMode.REQUIRED) {
            throw new MptcpUnavailableException(needed);
        }
        if (told.compareAndSet(false, true)) {
            LOGGER.warn("{}, so it is TCP", needed);
        }
        return false;
    }

    private boolean isWanted(SocketAddress address) {
        return address instanceof InetSocketAddress && mode != MptcpMode.OFF;
    }

    /** Only if it is available: else Netty's epoll may not be there. */
    private static boolean isEpoll(EventLoop eventLoop) {
        return eventLoop instanceof IoEventLoop loop && loop.isIoType(EpollIoHandler.class);
    }

    /** Closes what was accepted without MPTCP. */
    @Sharable
    private static final class TcpFilter extends ChannelInboundHandlerAdapter {

        static final TcpFilter INSTANCE = new TcpFilter();

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            if (Mptcp.isMptcp(ctx.channel())) {
                ctx.pipeline().remove(this);
            } else {
                LOGGER.debug("closes {}, which is not of MPTCP", ctx.channel());
                ctx.close();
            }
            ctx.fireChannelActive();
        }
    }
}
