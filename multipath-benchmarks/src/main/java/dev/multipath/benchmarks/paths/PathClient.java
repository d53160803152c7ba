package dev.multipath.benchmarks.paths;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes traffic to a {@link PathServer}, and prints what it measures. */
@Command(
        name = "path-client",
        description = "The client of the emulated paths' benchmark; prints a line of JSON.",
        mixinStandardHelpOptions = true)
public final class PathClient implements Callable<Integer> {

    @Option(
            names = "--paths",
            required = true,
            split = ",",
            description = "LOCAL_HOST>[quic://]HOST:PORT of each path, the first to be dialled first.")
    private String[] paths;

    @Option(names = "--job", required = true, description = "UPLOAD, DOWNLOAD or REQUESTS.")
    private Job.Kind kind;

    @Option(names = "--seconds", description = "How long bulk is sent (default: ${DEFAULT-VALUE}).")
    private double seconds = 12;

    @Option(names = "--count", description = "How many requests, or sessions if --fresh (default: ${DEFAULT-VALUE}).")
    private int count = 100;

    @Option(names = "--request", description = "Bytes of a request (default: ${DEFAULT-VALUE}).")
    private int requestBytes = 64;

    @Option(names = "--response", description = "Bytes of a response (default: ${DEFAULT-VALUE}).")
    private int responseBytes = 64;

    @Option(names = "--fresh", description = "A new session for every two requests.")
    private boolean fresh;

    @Option(
            names = "--early",
            description = "The first request of a session goes along with the request for the session.")
    private boolean early;

    @Option(names = "--sockets", description = "How many connections of each path (default: ${DEFAULT-VALUE}).")
    private int sockets = 1;

    @Option(
            names = "--transport",
            description = "NIO, EPOLL or IO_URING (default: the fastest there is of the first two).")
    private String transport;

    @Option(names = "--quic-cc", description = "What QUIC paths have: CUBIC (the default), BBR or RENO.")
    private String quicCongestionControl;

    @Option(
            names = "--coupled",
            description = "Which subflows take no more than one: NONE (the default), ALL, or those FOUND in one queue.")
    private Coupled coupled = Coupled.NONE;

    @Option(names = "--trace", description = "A file for what the session knows of its paths, every 10 ms.")
    private String trace;

    /** Made by the command line. */
    public PathClient() {}

    @Override
    public Integer call() throws Exception {
        Wiring wiring = new Wiring(transport, quicCongestionControl, coupled);
        MultipathAddress server =
                MultipathAddress.of(Arrays.stream(paths).map(this::path).toArray(Path[]::new));
        WarmUp.run(wiring, server.paths().get(paths.length - 1).remote());
        EventLoopGroup group = wiring.newGroup("path-client");
        switch (kind) {
            case UPLOAD -> upload(wiring, group, server);
            case DOWNLOAD -> download(wiring, group, server);
            case REQUESTS -> requests(wiring, group, server);
        }
        wiring.end(group);
        return 0;
    }

    private Path path(String localAndRemote) {
        String[] ends = localAndRemote.split(">");
        Path path = Path.of(localAndRemote, Wiring.address(ends[1])).with(PathAttributes.DEFAULT.withSockets(sockets));
        return ends[0].isEmpty() ? path : path.withLocal(Wiring.address(ends[0] + ":0"));
    }

    private void upload(Wiring wiring, EventLoopGroup group, MultipathAddress server) throws InterruptedException {
        long startNanos = System.nanoTime();
        long nanos = (long) (seconds * TimeUnit.SECONDS.toNanos(1));
        BulkHandler handler = new BulkHandler(new Job(Job.Kind.UPLOAD, 0, 0), nanos);
        Channel channel = wiring.connect(group, server, handler);
        Trace.of(channel, trace);
        channel.closeFuture().sync();
        PathServer.print(String.format(
                Locale.ROOT,
                "{\"mode\":\"bulk\",\"t0\":%.6f,\"dur\":%.4f}",
                startNanos / 1e9,
                (System.nanoTime() - startNanos) / 1e9));
    }

    private void download(Wiring wiring, EventLoopGroup group, MultipathAddress server) throws InterruptedException {
        BulkHandler handler = new BulkHandler(new Job(Job.Kind.DOWNLOAD, (int) (seconds * 1000), 0), 0);
        wiring.connect(group, server, handler).closeFuture().sync();
        PathServer.print(handler.timeline().toJson());
    }

    private void requests(Wiring wiring, EventLoopGroup group, MultipathAddress server) throws InterruptedException {
        Job job = new Job(Job.Kind.REQUESTS, requestBytes, responseBytes);
        List<Double> firstBytes = new ArrayList<>();
        List<Double> objects = new ArrayList<>();
        for (int i = 0; i < (fresh ? count : 1); i++) {
            RequestHandler handler = new RequestHandler(job, fresh ? 2 : count, early);
            Bootstrap bootstrap =
                    wiring.client(group, server, handler).option(MultipathChannelOption.EARLY_DATA, early);
            Channel channel = bootstrap.register().sync().channel();
            channel.connect(server).sync();
            channel.closeFuture().sync();
            firstBytes.add(handler.firstByteMillis());
            objects.addAll(handler.millis());
        }
        PathServer.print("{\"mode\":\"rr\",\"fresh\":" + fresh + ",\"first_byte\":" + json(firstBytes) + ",\"ms\":"
                + json(objects) + "}");
    }

    private static String json(List<Double> values) {
        return values.stream()
                .map(value -> String.format(Locale.ROOT, "%.3f", value))
                .collect(Collectors.joining(",", "[", "]"));
    }
}
