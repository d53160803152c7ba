package dev.multipath.examples.demo;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.stream.SettledSession;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One run: a comparison over one path, then a transfer over all of them while one fails and comes back. */
public final class Demo implements AutoCloseable {
    /** How often the run is looked at: a small part of the shortest blackhole. */
    private static final long TICK_MILLIS = 20;

    private final DemoPlan plan;
    private final PrintWriter out;
    private final PrintStream progressTo;
    private final GoodputPlot plot;
    private final Consumer<MultipathChannel> watcher;

    /** The end at which the data arrive: the last session that has sent something. */
    private volatile MultipathChannel receiving;

    private final Transport transport = Transport.forRelays();
    private final EventLoopGroup pathsLoop = transport.newEventLoop("demo-paths");
    private final EventLoopGroup clientLoop = transport.newEventLoop("demo-client");
    private final EventLoopGroup serverLoop = transport.newEventLoop("demo-server");

    /**
     * @param sizeBytes how much to send
     * @param timeLimit for the whole run, or null for one that fits the size
     * @param out where the report goes, without its last line
     * @param progressTo where to show progress, or null for nowhere
     * @param plot shows the run in a picture, or null for none
     * @param watcher gets the sessions, both ends, when they begin
     */
    public Demo(
            long sizeBytes,
            Duration timeLimit,
            PrintWriter out,
            PrintStream progressTo,
            GoodputPlot plot,
            Consumer<MultipathChannel> watcher) {
        this.plan = DemoPlan.of(sizeBytes, timeLimit);
        this.out = out;
        this.progressTo = progressTo;
        this.plot = plot;
        this.watcher = watcher;
    }

    /**
     * Runs it, and returns only if every byte came through.
     *
     * @throws TimeoutException when it took longer than allowed
     * @throws Exception whatever else failed
     */
    public DemoResult run() throws Exception {
        Deadline deadline = Deadline.in(plan.timeLimit());
        for (EmulatedLink link : plan.links()) {
            out.println("path " + link);
        }
        SinglePath single = new SinglePath(transport, pathsLoop, clientLoop, serverLoop, deadline);
        single.warmUp();
        double singlePathMbit = single.measureMbit(plan.bestLink().settings(), plan.comparisonBytes());
        out.printf(
                Locale.ROOT,
                "one plain TCP connection over %s: %.1f Mbit/s%n",
                plan.bestLink().label(),
                singlePathMbit);

        DataReceiver receiver = new DataReceiver(plan.sizeBytes());
        Channel listener = bind(receiver);
        List<PathEmulator> emulators = new ArrayList<>();
        try {
            List<Path> paths = startEmulators(listener, emulators);
            Progress progress = newProgress(((MultipathAddress) listener.localAddress()).paths());
            DemoResult result =
                    transfer(paths, receiver, emulators.get(plan.faultyLink()), progress, singlePathMbit, deadline);
            if (plot != null) {
                plot.write(plan.labels(), "best single path, plain TCP", singlePathMbit);
            }
            return result;
        } finally {
            emulators.forEach(PathEmulator::close);
            listener.close();
        }
    }

    private Channel bind(DataReceiver receiver) throws InterruptedException {
        SocketAddress[] anyPorts = plan.links().stream()
                .map(link -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .toArray(SocketAddress[]::new);
        return new ServerBootstrap()
                .group(serverLoop)
                .channel(MultipathServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        watcher.accept((MultipathChannel) session);
                        session.pipeline().addLast(new SettledSession(ctx -> {
                            receiving = (MultipathChannel) session;
                            ctx.pipeline().addAfter(ctx.name(), null, receiver);
                        }));
                    }
                })
                .bind(MultipathAddress.of(anyPorts))
                .sync()
                .channel();
    }

    private List<Path> startEmulators(Channel listener, List<PathEmulator> emulators) {
        List<Path> listeners = ((MultipathAddress) listener.localAddress()).paths();
        List<Path> paths = new ArrayList<>();
        for (int index = 0; index < plan.links().size(); index++) {
            EmulatedLink link = plan.links().get(index);
            PathEmulator emulator = PathEmulator.builder(
                            (InetSocketAddress) listeners.get(index).remote())
                    .label(link.label())
                    .settings(link.settings())
                    .start(pathsLoop);
            emulators.add(emulator);
            paths.add(Path.of(link.label(), emulator.address()));
        }
        return paths;
    }

    private DemoResult transfer(
            List<Path> paths,
            DataReceiver receiver,
            PathEmulator faulty,
            Progress shown,
            double singlePathMbit,
            Deadline deadline)
            throws Exception {
        DataSender sender = new DataSender(plan.sizeBytes());
        long startNanos = System.nanoTime();
        if (plot != null) {
            plot.begin(startNanos);
        }
        MultipathChannel client = (MultipathChannel) new Bootstrap()
                .group(clientLoop)
                .channel(MultipathChannel.class)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        watcher.accept((MultipathChannel) session);
                        session.pipeline().addLast(sender);
                    }
                })
                .connect(MultipathAddress.of(paths))
                .sync()
                .channel();
        DataReceiver.Received received;
        try (Progress progress = shown) {
            received = watch(client, sender, receiver, faulty, progress, deadline);
            progress.update(receiver.receivedBytes(), client.stats());
        }
        String sentSha256 = deadline.await(sender.sha256());
        PathTable.print(out, plan.links(), client.stats());
        deadline.await(client.close());
        deadline.await(receiver.closed());
        if (!sentSha256.equals(received.sha256())) {
            throw new IllegalStateException("sent sha256=" + sentSha256 + " received sha256=" + received.sha256());
        }
        double seconds = (received.atNanos() - startNanos) / 1e9;
        return new DemoResult(
                plan.sizeBytes(),
                received.sha256(),
                seconds,
                plan.sizeBytes() * 8 / seconds / 1e6,
                singlePathMbit,
                received.longestGap());
    }

    /** Waits for the data; blackholes and restores the faulty path on the way. */
    private DataReceiver.Received watch(
            MultipathChannel client,
            DataSender sender,
            DataReceiver receiver,
            PathEmulator faulty,
            Progress progress,
            Deadline deadline)
            throws TimeoutException, ExecutionException, InterruptedException {
        CompletableFuture<DataReceiver.Received> received = receiver.all();
        sender.sha256().whenComplete((sha256, failure) -> {
            if (failure != null) {
                received.completeExceptionally(failure);
            }
        });
        Fault fault = new Fault(faulty, plan.faultAtBytes(), plan.faultTime(), progress);
        try {
            while (true) {
                try {
                    return received.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException tick) {
                    deadline.check();
                    fault.tick(receiver.receivedBytes());
                    progress.update(receiver.receivedBytes(), client.stats());
                }
            }
        } finally {
            fault.end();
        }
    }

    private Progress newProgress(List<Path> listeners) {
        if (plot == null) {
            return newProgress();
        }
        Map<Integer, String> linksByPort = new HashMap<>();
        for (int index = 0; index < listeners.size(); index++) {
            int port = ((InetSocketAddress) listeners.get(index).remote()).getPort();
            linksByPort.put(port, plan.labels().get(index));
        }
        return new PlotProgress(newProgress(), plot, () -> receiving, linksByPort);
    }

    private Progress newProgress() {
        if (progressTo == null) {
            return Progress.NONE;
        }
        return Terminal.canDrawBars()
                ? new BarProgress(plan.sizeBytes(), plan.labels())
                : new LineProgress(progressTo, plan.sizeBytes());
    }

    /** Closes what is still open, without waiting for it. */
    @Override
    public void close() {
        for (EventLoopGroup loop : List.of(clientLoop, serverLoop, pathsLoop)) {
            Transport.end(loop, Duration.ofSeconds(1));
        }
    }
}
