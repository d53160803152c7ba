package dev.multipath.examples;

import dev.multipath.channel.MultipathAcceptor;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.stream.InactivityCloser;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.view.Views;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.mptcp.MptcpTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a command's sessions run on: one event loop, which both ends of every relay share, and the order in which all of it
 * ends. Ctrl-C aborts the sessions, since what they carry is not at its end, and gives that word {@link #CLOSE_LIMIT} to get
 * out; another Ctrl-C does not wait for it.
 */
final class Endpoint implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Endpoint.class);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(2);
    private static final Duration PROGRESS_PERIOD = Duration.ofSeconds(1);

    /**
     * How long a close waits for acknowledgements: about as long as TCP itself tries. A peer whose reader is slow is not
     * gone, and a program that exits with 0 must have been heard.
     */
    private static final Duration LINGER = Duration.ofMinutes(15);

    /** A few reads of a full pipe: keeps the session fed without holding much. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 * 1024, 256 * 1024);

    private final Carriage carriage;
    private final EventLoopGroup eventLoops;

    /** Of what carries sessions; {@link #eventLoops} mostly. */
    private final EventLoopGroup carriers;

    private final SessionOptions options;
    private final SessionMonitor monitor;
    private final Views views;
    private final TransferProgress progress;
    private final ChannelGroup subflows = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final List<Runnable> atShutdown = new CopyOnWriteArrayList<>();
    private final Thread shutdownHook = new Thread(this::closeAtShutdown, "multipath-shutdown");

    /**
     * @param carriage of all sessions that its bootstraps make
     * @throws IOException if what is to be shown cannot be served
     */
    Endpoint(Carriage carriage, SessionOptions options, Stdio stdio) throws IOException, InterruptedException {
        this.views = options.views().open(stdio);
        this.carriage = carriage;
        this.eventLoops = carriage.sessions().newEventLoop("multipath");
        this.carriers = carriage.subflows() == carriage.sessions()
                ? eventLoops
                : carriage.subflows().newEventLoop("multipath-subflows");
        this.options = options;
        this.progress = options.progress(stdio);
        this.monitor = new SessionMonitor(options.report(stdio), progress, views::watch);
        Verbosity.set(options.verbosity());
        Runtime.getRuntime().addShutdownHook(shutdownHook);
        if (options.statsPeriod() != null) {
            long periodNanos = Math.max(1, options.statsPeriod().toNanos());
            eventLoops.scheduleAtFixedRate(monitor::printStats, periodNanos, periodNanos, TimeUnit.NANOSECONDS);
        }
        if (progress != null) {
            long periodMillis = PROGRESS_PERIOD.toMillis();
            eventLoops.scheduleAtFixedRate(monitor::showProgress, periodMillis, periodMillis, TimeUnit.MILLISECONDS);
        }
    }

    /** Has something done when a signal ends the process, after the sessions were given up. */
    void atShutdown(Runnable task) {
        atShutdown.add(task);
    }

    Transport transport() {
        return carriage.sessions();
    }

    EventLoopGroup eventLoops() {
        return eventLoops;
    }

    /** A client's bootstrap; {@code application} adds the handlers of each session. */
    Bootstrap client(Duration quietLimit, Consumer<Channel> application) {
        return new Bootstrap()
                .group(eventLoops)
                .channel(MultipathChannel.class)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .option(MultipathChannelOption.LINGER, LINGER)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, subflowTransport())
                .option(MultipathChannelOption.SCHEDULER, options.scheduler())
                .option(MultipathChannelOption.RESUMPTION_TIMEOUT, options.resumptionTimeout())
                .handler(sessionHandler(quietLimit, TimeSpan.NEVER, true, application));
    }

    /**
     * A server's bootstrap; {@code application} adds the handlers of each session.
     *
     * @param answerLimit how long a session may be quiet after its peer's stream has ended; zero closes it at once
     */
    ServerBootstrap server(Duration quietLimit, Duration answerLimit, Consumer<Channel> application) {
        return new ServerBootstrap()
                .group(carriers, eventLoops)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, subflowTransport())
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, !answerLimit.isZero())
                .childOption(MultipathChannelOption.LINGER, LINGER)
                .childOption(MultipathChannelOption.SCHEDULER, options.scheduler())
                .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, options.resumptionTimeout())
                .childHandler(sessionHandler(quietLimit, answerLimit, false, application));
    }

    /** Takes sessions beside another server; {@code application} adds the handlers of each. */
    MultipathAcceptor acceptor(Consumer<Channel> application) {
        return MultipathAcceptor.builder(sessionHandler(TimeSpan.NEVER, Duration.ZERO, false, application))
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, subflowTransport())
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(MultipathChannelOption.LINGER, LINGER)
                .childOption(MultipathChannelOption.SCHEDULER, options.scheduler())
                .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, options.resumptionTimeout())
                .build();
    }

    private ChannelInitializer<Channel> sessionHandler(
            Duration quietLimit, Duration answerLimit, boolean isOurs, Consumer<Channel> application) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                session.pipeline().addLast(monitor.witness());
                session.pipeline().addLast(new InactivityCloser(options.idleLimit(), quietLimit, answerLimit));
                application.accept(session);
                session.pipeline().addLast(monitor.watch(session, isOurs));
            }
        };
    }

    private SubflowTransport subflowTransport() {
        SubflowTransport plain = new MptcpTransport(carriage.mptcp()).withEventLoops(carriers);
        return carriage.layers().apply(plain).withInitializer(this::track);
    }

    /** It must have told what it has to tell before the process ends. */
    void track(Channel subflow) {
        subflows.add(subflow);
    }

    /**
     * Gives up every session that is still open, waiting a limited time for its peer to be told, and ends the event loop. Once a
     * signal ends the process, it is the hook that does so: it waits for what happens on that loop.
     */
    @Override
    public void close() {
        if (!removeHook()) {
            return;
        }
        letEndsBeTold();
        abandonSessions();
        views.close();
        if (progress != null) {
            progress.close();
        }
        Stream.of(carriers, eventLoops)
                .map(loops -> Transport.end(loops, CLOSE_LIMIT))
                .toList()
                .forEach(ended -> ended.awaitUninterruptibly(CLOSE_LIMIT.toMillis()));
    }

    /**
     * A session that has just ended tells its handlers so behind the task that completed the future of its end, so in the second turn
     * from now at the latest.
     */
    private void letEndsBeTold() {
        for (int turn = 0; turn < 2; turn++) {
            eventLoops.submit(() -> {}).awaitUninterruptibly(CLOSE_LIMIT.toMillis());
        }
    }

    /** Returns whether it was in time. */
    private boolean removeHook() {
        try {
            return Runtime.getRuntime().removeShutdownHook(shutdownHook);
        } catch (IllegalStateException e) {
            LOGGER.debug("the process is ending", e);
            return false;
        }
    }

    private void closeAtShutdown() {
        Signals.endAtOnceByTheNext();
        abandonSessions();
        atShutdown.forEach(Runnable::run);
    }

    /** Sessions that have ended may still have to say their last word. */
    void awaitSubflows() {
        subflows.newCloseFuture().awaitUninterruptibly(CLOSE_LIMIT.toMillis());
    }

    /** The last word of a session may have to wait behind much that was sent before. */
    private void abandonSessions() {
        long untilNanos = System.nanoTime() + CLOSE_LIMIT.toNanos();
        if (monitor.abandonAll()
                && !subflows.newCloseFuture()
                        .awaitUninterruptibly(untilNanos - System.nanoTime(), TimeUnit.NANOSECONDS)) {
            LOGGER.debug("connections were still open at exit");
        }
    }
}
