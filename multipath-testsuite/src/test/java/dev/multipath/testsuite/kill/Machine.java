package dev.multipath.testsuite.kill;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.scheduler.LowestRttScheduler;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.scheduler.Scheduler;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What all sessions of a run share: loops, the relays' thread, buffers, certificates; and what must be left of them: nothing. */
final class Machine {

    private static final int THREADS = 2;

    /** Nothing but this run listens there, as a rule. */
    private final InetAddress host = ownHost();

    private final RelayLoop relays = new RelayLoop();
    private final Tls tls;
    private final EventLoopGroup nio = new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("kill-nio", true), NioIoHandler.newFactory());
    private final EventLoopGroup epoll = !Epoll.isAvailable()
            ? null
            : new MultiThreadIoEventLoopGroup(
                    THREADS, new DefaultThreadFactory("kill-epoll", true), EpollIoHandler.newFactory());

    /** Without caches of threads: what is not released can be counted. It is used again soon, so that what was released too early shows. */
    private final PooledByteBufAllocator allocator = new PooledByteBufAllocator(true, 2, 2, 8192, 7, 0, 0, false);

    private final Set<Channel> open = ConcurrentHashMap.newKeySet();
    private final Queue<WeakReference<Channel>> finished = new ConcurrentLinkedQueue<>();

    Machine() throws Exception {
        tls = new Tls();
    }

    /** Of the loopback network, so that a foreign process's client that dials a port of ours is unlikely to reach us. */
    private static InetAddress ownHost() {
        long pid = ProcessHandle.current().pid();
        byte[] own = {127, (byte) (1 + pid % 250), (byte) (1 + pid / 250 % 250), 1};
        try {
            InetAddress address = InetAddress.getByAddress(own);
            try (ServerSocket probe = new ServerSocket()) {
                probe.bind(new InetSocketAddress(address, 0));
                return address;
            } catch (IOException e) {
                return InetAddress.getLoopbackAddress();
            }
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    InetAddress host() {
        return host;
    }

    RelayLoop relays() {
        return relays;
    }

    Tls tls() {
        return tls;
    }

    EventLoopGroup group(boolean onEpoll) {
        return onEpoll ? epoll : nio;
    }

    PooledByteBufAllocator allocator() {
        return allocator;
    }

    /** Each subflow and session, at both ends, is to end. */
    <C extends Channel> C track(C channel) {
        open.add(channel);
        channel.closeFuture().addListener(f -> open.remove(channel));
        return channel;
    }

    /** A session, of which nothing is to be left. */
    void trackSession(Channel session) {
        track(session);
        finished.add(new WeakReference<>(session));
        finished.removeIf(reference -> reference.get() == null);
    }

    SubflowTransport tracked(SubflowTransport transport) {
        return transport.withInitializer(subflow -> {
            subflow.config().setAllocator(allocator);
            track(subflow);
        });
    }

    /** Of a session of either end. */
    Map<ChannelOption<?>, Object> sessionOptions(Plan plan, Plan.Side side, Limits limits) {
        Supplier<Scheduler> scheduler = side.roundRobin() ? RoundRobinScheduler::new : LowestRttScheduler::new;
        Map<ChannelOption<?>, Object> options = new LinkedHashMap<>();
        options.put(ChannelOption.ALLOCATOR, allocator);
        options.put(ChannelOption.ALLOW_HALF_CLOSURE, true);
        options.put(MultipathChannelOption.EXTENDED_PROFILE, plan.extended());
        options.put(MultipathChannelOption.RESUMPTION_TIMEOUT, limits.resumption());
        options.put(MultipathChannelOption.LINGER, limits.linger());
        options.put(MultipathChannelOption.PROBE_INTERVAL, Limits.PROBES);
        options.put(MultipathChannelOption.MAX_FRAME_BYTES, side.frameBytes());
        options.put(MultipathChannelOption.SEND_BUFFER_BYTES, side.sendBufferBytes());
        options.put(MultipathChannelOption.SCHEDULER, scheduler);
        return options;
    }

    // ---- what is left

    /** What is open or held that should not be. */
    List<String> leftovers() {
        List<String> left = new ArrayList<>();
        open.forEach(channel -> left.add("open: " + channel));
        long buffers = Stream.concat(
                        allocator.metric().heapArenas().stream(), allocator.metric().directArenas().stream())
                .mapToLong(PoolArenaMetric::numActiveAllocations)
                .sum();
        if (buffers != 0) {
            left.add(buffers + " buffers");
        }
        return left;
    }

    /** The sessions that something still refers to, after garbage was collected. */
    List<Channel> heldSessions() {
        System.gc();
        return finished.stream()
                .map(WeakReference::get)
                .filter(Objects::nonNull)
                .toList();
    }

    void close() throws InterruptedException {
        nio.shutdownGracefully(1, 10, TimeUnit.SECONDS);
        if (epoll != null) {
            epoll.shutdownGracefully(1, 10, TimeUnit.SECONDS);
        }
        relays.stop();
    }
}
