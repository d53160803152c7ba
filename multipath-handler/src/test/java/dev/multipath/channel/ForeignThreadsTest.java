package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCollection;

import dev.multipath.codec.ResetFrame;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathException;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Several threads, none of them an event loop's, do whatever a channel can be asked for to both ends of a session at once.
 * What each thread does is decided by a seed, what comes of it is not. More rounds: {@code -Dmultipath.rounds=N}; the
 * plan of one: {@code -Dmultipath.rounds=1 -Dmultipath.seed=N}.
 */
class ForeignThreadsTest {

    /** A second or two for each transport. */
    private static final int ROUNDS = Integer.getInteger("multipath.rounds", 12);

    private static final long FIRST_SEED = Long.getLong("multipath.seed", 1);

    private static final int THREADS_PER_END = 3;
    private static final int ACTIONS_PER_THREAD = 60;
    private static final int PATHS = 3;

    private enum Kind {
        /** Extended profile; ends in order: all that was written comes, whatever becomes of the paths. */
        ORDERLY,
        /** As that in the base profile, which always needs a path. */
        ORDERLY_BASE,
        /** Ends anyhow, in either profile: what comes is the beginning of what was written. */
        VIOLENT
    }

    /** Not on io_uring, where Netty 4.2.17 now and then aborts the JVM when loops end with anything open (docs/GUIDE.md). */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "IO_URING")
    void shouldServeManyThreads(TestTransport transport) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2 * THREADS_PER_END);
        EventLoopGroup otherLoops = transport.newGroup(2);
        try (Peers peers = new Peers(transport)) {
            for (long seed = FIRST_SEED; seed < FIRST_SEED + ROUNDS; seed++) {
                try {
                    new Round(peers, otherLoops, seed).run(threads);
                } catch (Throwable e) {
                    throw new AssertionError(
                            transport + ", round " + seed + " (-Dmultipath.rounds=1 -Dmultipath.seed=" + seed + ")", e);
                }
            }
        } finally {
            threads.shutdownNow();
            transport.shutDown(otherLoops);
            assertThat(otherLoops.terminationFuture().awaitUninterruptibly(30, TimeUnit.SECONDS))
                    .as("the event loops have ended")
                    .isTrue();
        }
    }

    /** One session and what is done to it. */
    private static final class Round {
        private final Peers peers;
        private final EventLoopGroup otherLoops;
        private final long seed;
        private final Random random;
        private final Kind kind;
        private final boolean extended;

        /** In a violent round all paths may be gone for good, and nobody there to wait for. */
        private final Duration patience;

        private final SubflowTransport clientTransport;

        /** Whether the client uses the listeners that come and go. */
        private final AddressPolicy policy;

        private final ChannelGroup listeners = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
        private final Queue<ChannelFuture> futures = new ConcurrentLinkedQueue<>();
        private final StressedEnd client = new StressedEnd(THREADS_PER_END);
        private StressedEnd server;
        private MultipathServerChannel listening;
        private List<Path> paths;
        private final Queue<Path> addedListeners = new ConcurrentLinkedQueue<>();

        /** Of a channel that is taken from its loop just when it has closed, Netty itself loses the event. */
        private volatile boolean deregistered;

        Round(Peers peers, EventLoopGroup otherLoops, long seed) {
            this.peers = peers;
            this.otherLoops = otherLoops;
            this.seed = seed;
            random = new Random(seed);
            kind = Kind.values()[random.nextInt(Kind.values().length)];
            extended = kind == Kind.ORDERLY || kind == Kind.VIOLENT && random.nextBoolean();
            patience = kind == Kind.VIOLENT ? Duration.ofMillis(200) : Waiting.PATIENCE;
            clientTransport = transport(peers.clientSubflows, random.nextBoolean());
            policy = random.nextBoolean() ? AddressPolicy.ALL : AddressPolicy.NONE;
        }

        void run(ExecutorService threads) throws Exception {
            EventLoopGroup sessions = random.nextBoolean() ? peers.sessionGroup : peers.listenerGroup;
            listening = peers.listen(
                    peers.serverBootstrap(() -> new StressedEnd(THREADS_PER_END), sessions)
                            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                            .childOption(MultipathChannelOption.LINGER, patience)
                            .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, patience)
                            .option(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.LISTENERS)
                            .option(
                                    MultipathChannelOption.SUBFLOW_TRANSPORT,
                                    transport(peers.serverSubflows, random.nextBoolean())),
                    PATHS);
            paths = listening.localAddress().paths();
            // By one path, so that there is one session and no other to confuse it with.
            clientBootstrap(client).connect(MultipathAddress.of(paths.get(0))).sync();
            server = (StressedEnd) peers.accepted();

            CyclicBarrier start = new CyclicBarrier(2 * THREADS_PER_END);
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int i = 0; i < 2 * THREADS_PER_END; i++) {
                Actor actor = new Actor(
                        i < THREADS_PER_END ? client : server, i % THREADS_PER_END, new Random(random.nextLong()));
                tasks.add(() -> {
                    start.await();
                    for (int action = 0; action < ACTIONS_PER_THREAD; action++) {
                        actor.act();
                    }
                    return null;
                });
            }
            for (var done : threads.invokeAll(tasks, Waiting.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                done.get();
            }
            if (kind != Kind.VIOLENT) {
                endInOrder();
            }
            futures.add(client.channel().close());
            futures.add(server.channel().close());
            if (kind != Kind.VIOLENT && peers.transport == TestTransport.LOCAL) {
                // A local channel that closes takes with it what its peer has not read. A client that has missed the
                // last
                // word so asks for it for as long as it could resume, unless the server is there to answer.
                awaitNoTimers(List.of(peers.clientGroup));
            }
            futures.add(listening.close());
            checkEnd();
        }

        private Bootstrap clientBootstrap(ChannelHandler application) {
            return peers.clientBootstrap(application)
                    .option(MultipathChannelOption.EXTENDED_PROFILE, extended)
                    .option(MultipathChannelOption.LINGER, patience)
                    .option(MultipathChannelOption.RESUMPTION_TIMEOUT, patience)
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, clientTransport)
                    .option(MultipathChannelOption.ADDRESS_POLICY, policy)
                    .option(ChannelOption.ALLOW_HALF_CLOSURE, true);
        }

        /** Keeps subflows on loops that are not the session's, if so told. */
        private SubflowTransport transport(ChannelGroup subflows, boolean elsewhere) {
            return new ChangedTransport() {
                @Override
                public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
                    return elsewhere ? otherLoops.next() : session;
                }

                @Override
                public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
                    Future<Channel> listening = super.listen(eventLoop, local, setup);
                    listening.addListener(f -> {
                        if (f.isSuccess()) {
                            listeners.add(listening.getNow());
                        }
                    });
                    return listening;
                }

                @Override
                public boolean canMove(Channel subflow, EventLoop target) {
                    return !elsewhere && super.canMove(subflow, target);
                }
            }.withInitializer(subflows::add);
        }

        private void endInOrder() {
            for (Path path : paths) {
                client.session().addPath(path);
            }
            for (StressedEnd end : List.of(client, server)) {
                end.channel().flush();
                end.channel().config().setAutoRead(true);
            }
            awaitAll("futures of what was done", () -> futures.stream().allMatch(ChannelFuture::isDone));
            awaitAll("all that was written", () -> client.hasAllOf(server) && server.hasAllOf(client));
            if (extended) {
                futures.add(client.session().shutdownOutput());
                futures.add(server.session().shutdownOutput());
                awaitAll("the ends of both directions", () -> client.isInputEnded() && server.isInputEnded());
            }
        }

        private void awaitAll(String what, Callable<Boolean> condition) {
            try {
                eventually().until(() -> client.violation() != null || server.violation() != null || condition.call());
            } catch (RuntimeException e) {
                throw new AssertionError("not got: " + what + "\n" + description(), e);
            }
            assertThat(client.violation()).as("at the client").isNull();
            assertThat(server.violation()).as("at the server").isNull();
        }

        private String description() {
            return seed + " " + kind + "\nclient " + client.channel() + " "
                    + client.session().profile() + " "
                    + client.progress() + "\n" + client.session().stats().format() + "\nserver " + server.channel()
                    + " " + server.progress() + "\n" + server.session().stats().format() + "\nnot done: "
                    + futures.stream().filter(future -> !future.isDone()).toList();
        }

        private void checkEnd() {
            awaitAll(
                    "the channels' ends",
                    () -> client.channel().closeFuture().isDone()
                            && server.channel().closeFuture().isDone()
                            && listening.closeFuture().isDone());
            awaitAll("the futures of everything", () -> futures.stream().allMatch(ChannelFuture::isDone));
            for (ChannelFuture future : futures) {
                assertThat(isExpected(future.cause())).as("%s", future.cause()).isTrue();
            }
            for (StressedEnd end : List.of(client, server)) {
                assertThat(end.exceptions()).allMatch(Round::isExpected);
                if (!deregistered) {
                    awaitAll("that it is told", end::isInactive);
                }
            }
            assertThat(client.excessOver(server)).isNull();
            assertThat(server.excessOver(client)).isNull();
            if (kind != Kind.VIOLENT) {
                assertThat(client.hasAllOf(server) && server.hasAllOf(client)).isTrue();
                assertThat(client.exceptions()).isEmpty();
                assertThat(server.exceptions()).isEmpty();
            }
            peers.awaitNothingLeft();
            eventually()
                    .untilAsserted(() ->
                            assertThatCollection(listeners).as("listeners").isEmpty());
            awaitNoTimers(List.of(peers.listenerGroup, peers.sessionGroup, peers.clientGroup, otherLoops));
        }

        private static void awaitNoTimers(List<EventLoopGroup> groups) {
            for (EventLoopGroup group : groups) {
                for (EventExecutor loop : group) {
                    eventually()
                            .untilAsserted(
                                    () -> assertThat(timers(loop)).as("timers").isEmpty());
                }
            }
        }

        /** What waits for its time on a loop. Netty tells nobody, so this is read where it keeps it. */
        private static List<String> timers(EventExecutor loop) throws Exception {
            Field queue = AbstractScheduledEventExecutor.class.getDeclaredField("scheduledTaskQueue");
            queue.setAccessible(true);
            return loop.submit(() -> {
                        Collection<?> timers = (Collection<?>) queue.get(loop);
                        return timers == null
                                ? List.<String>of()
                                : timers.stream().map(Object::toString).toList();
                    })
                    .get();
        }

        /** What an application is to reckon with, and no bug has for its effect. */
        private static boolean isExpected(Throwable cause) {
            return cause == null
                    || cause instanceof IOException
                    || cause instanceof MultipathException
                    || cause instanceof IllegalArgumentException
                    || cause instanceof UnsupportedOperationException
                    || (cause instanceof IllegalStateException
                            && cause.getMessage().contains("base profile"));
        }

        /** One thread at one end. */
        private final class Actor {
            private final StressedEnd end;
            private final StressedEnd.Writer writer;
            private final MultipathChannel channel;
            private final Random random;
            private final InetSocketAddress announced;

            Actor(StressedEnd end, int index, Random random) {
                this.end = end;
                this.random = random;
                writer = end.writer(index);
                channel = end.session();
                announced = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1 + index);
            }

            void act() {
                switch (random.nextInt(16)) {
                    case 0, 1, 2 -> futures.add(writer.write(random.nextInt(2000), false));
                    case 3, 4, 5 -> futures.add(writer.write(random.nextInt(20_000), true));
                    case 6 -> futures.add(writer.write(random.nextInt(200_000), true));
                    case 7 -> channel.flush();
                    case 8 -> channel.read();
                    case 9 -> channel.config().setAutoRead(random.nextInt(3) > 0);
                    case 10 -> ask();
                    case 11 -> setOption();
                    case 12, 13 -> changePaths();
                    case 14 -> announce();
                    default -> end();
                }
            }

            private void ask() {
                assertThat(channel.subflows().size()).isLessThanOrEqualTo(100);
                assertThat(channel.stats().format()).isNotNull();
                assertThat(channel.localAddress()).isNotNull();
                assertThat(channel.remoteAddress()).isNotNull();
                assertThat(channel.toString()).contains("multipath");
                assertThat(channel.isWritable() || channel.bytesBeforeWritable() >= 0)
                        .isTrue();
            }

            private void setOption() {
                switch (random.nextInt(5)) {
                    case 0 -> channel.config().setOption(ChannelOption.SO_SNDBUF, 20_000 + random.nextInt(100_000));
                    case 1 -> channel.config().setOption(ChannelOption.TCP_NODELAY, random.nextBoolean());
                    case 2 ->
                        channel.config()
                                .setWriteBufferWaterMark(new WriteBufferWaterMark(
                                        1 + random.nextInt(1000), 1001 + random.nextInt(100_000)));
                    case 3 ->
                        channel.config()
                                .setOption(MultipathChannelOption.MAX_FRAME_BYTES, 1000 + random.nextInt(100_000));
                    default -> channel.config().getOptions();
                }
            }

            private Path path() {
                // In the base profile a session ends with its last path.
                int first = kind == Kind.ORDERLY_BASE ? 1 : 0;
                return paths.get(first + random.nextInt(PATHS - first));
            }

            private void changePaths() {
                switch (random.nextInt(7)) {
                    case 0, 1 -> futures.add(channel.addPath(path()));
                    case 2 -> futures.add(channel.removePath(path()));
                    case 3 -> futures.add(channel.setBackup(path(), random.nextBoolean()));
                    case 4 -> addListener();
                    case 5 -> removeListener();
                    default -> {
                        ChannelGroup subflows = random.nextBoolean() ? peers.clientSubflows : peers.serverSubflows;
                        if (kind != Kind.ORDERLY_BASE) {
                            subflows.stream().findAny().ifPresent(Channel::close);
                        }
                    }
                }
            }

            private void addListener() {
                // Named apart from those that are there, of which one would be removed else.
                Path path = Path.of("listener " + random.nextInt(), peers.transport.ephemeral());
                futures.add(listening.addPath(path));
                addedListeners.add(path);
            }

            /** Perhaps while it is being bound; those that the session was connected to stay. */
            private void removeListener() {
                Path path = addedListeners.poll();
                if (path != null) {
                    futures.add(listening.removePath(path));
                }
            }

            private void announce() {
                futures.add(
                        random.nextBoolean() ? channel.announceAddress(announced) : channel.withdrawAddress(announced));
            }

            private void end() {
                if (kind == Kind.ORDERLY && random.nextInt(20) == 0) {
                    futures.add(channel.shutdownOutput());
                }
                if (kind != Kind.VIOLENT || random.nextInt(6) > 0) {
                    return;
                }
                switch (random.nextInt(8)) {
                    case 0 -> futures.add(channel.shutdownOutput());
                    case 1 -> futures.add(channel.shutdownInput());
                    case 2 -> futures.add(channel.shutdown());
                    case 3 -> channel.abort(ResetFrame.FIRST_APPLICATION_CODE, "enough");
                    case 4 -> futures.add(channel.close());
                    case 5 -> {
                        deregistered = true;
                        futures.add(channel.deregister());
                    }
                    case 6 -> futures.add(listening.close());
                    default ->
                        futures.add(clientBootstrap(new ChannelInboundHandlerAdapter())
                                .connect(MultipathAddress.of(paths))
                                .addListener(connected ->
                                        ((ChannelFuture) connected).channel().close()));
                }
            }
        }
    }
}
