package dev.multipath.examples;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.examples.bench.BenchHandler;
import dev.multipath.examples.bench.BenchPlan;
import dev.multipath.examples.bench.BenchPlan.Direction;
import dev.multipath.examples.bench.BenchResult;
import dev.multipath.examples.bench.BenchRun;
import dev.multipath.examples.demo.GoodputPlot;
import dev.multipath.examples.stream.Transport;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import io.netty.bootstrap.Bootstrap;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The client of a measurement. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        description = {
            "Measure what a session over all the paths given carries, each path's part with it.",
            "The other end is 'listen --bench'. A line on standard output for each interval, and one for all of it."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:measured",
            "1:no path could be connected, or a session was lost or reset, or the plot cannot be written",
            "2:wrong usage, an unknown host, or a file that is of no use",
            "130, 143:ended by Ctrl-C and SIGTERM"
        },
        footer = {
            "",
            "Example:",
            "  multipath listen -p 4000,4001 --bench",
            "  multipath bench -R -t 30 --alone 5 --plot run.png wifi=192.0.2.1:4000 lte=198.51.100.1:4001"
        })
final class BenchCommand implements Callable<Integer> {
    private static final int MAX_SESSIONS = 64;

    /** Enough for a plot to show a stall. */
    private static final Duration PLOT_PERIOD = Duration.ofMillis(100);

    private final Stdio stdio;

    /** Completed when nobody can read what is measured. */
    private final CompletableFuture<Void> unreadable = new CompletableFuture<>();

    @Spec
    private CommandSpec spec;

    @Mixin
    private PathOptions paths;

    @Option(
            names = {"-t", "--time"},
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = TimeSpan.class,
            description = "How long to send (default: ${DEFAULT-VALUE}; a day with -n).")
    private Duration duration;

    @Option(
            names = {"-n", "--bytes"},
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description = "How much to send each way in each session; both limits hold.")
    private ByteSize size;

    @ArgGroup
    private DirectionOption direction = new DirectionOption();

    @Option(
            names = {"-P", "--parallel"},
            paramLabel = "N",
            defaultValue = "1",
            description = "Sessions at the same time (default: ${DEFAULT-VALUE}).")
    private int sessions;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            defaultValue = "1s",
            converter = TimeSpan.Period.class,
            description = "How often to print what went over each path (default: ${DEFAULT-VALUE}).")
    private Duration interval;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            converter = PlotConverter.class,
            description = "Draw what went over each path over time to this .png or .svg file.")
    private GoodputPlot plot;

    @Option(
            names = "--alone",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "First measure each path alone for so long: a line each, and the best one in the plot.")
    private Duration alone;

    @Mixin
    private TlsOptions.OfClient tls;

    @Mixin
    private ProxyOption proxy;

    @Mixin
    private SessionOptions options;

    BenchCommand(Stdio stdio) {
        this.stdio = stdio;
    }

    /** At most one of these. */
    private static final class DirectionOption {
        @Option(
                names = {"-R", "--reverse"},
                description = "The server sends, and not the client.")
        private boolean reverse;

        @Option(names = "--bidir", description = "Both send.")
        private boolean both;
    }

    @Override
    public Integer call() throws Exception {
        BenchPlan plan = plan();
        BenchPlan alonePlan = alone == null ? null : plan(plan.direction(), alone, plan.bytes());
        MultipathAddress server = paths.address();
        tellOfLoopback(server);
        Transport transport = Transport.best();
        PrintWriter out = spec.commandLine().getOut();
        try (Endpoint endpoint = new Endpoint(
                Carriage.of(
                        transport,
                        proxy.beneath(paths.layers(tls, transport), tls.isTcpOnly() && !paths.isQuicAddressed())),
                options,
                stdio)) {
            Double bestAloneMbit = alonePlan == null ? null : bestAloneMbit(endpoint, alonePlan, server, out);
            BenchRun run = new BenchRun(plot);
            measure(endpoint, plan, server, run, () -> print(out, run.interval(), plan));
            print(out, run.all(), plan);
            if (plot != null) {
                plot.write(List.copyOf(run.labels()), "best path alone", bestAloneMbit);
            }
        }
        return ExitCode.OK;
    }

    /** Null if none could be measured; who measures all of them together is told of each that could not. */
    private Double bestAloneMbit(Endpoint endpoint, BenchPlan plan, MultipathAddress server, PrintWriter out)
            throws InterruptedException {
        Double best = null;
        for (Path path : server.paths()) {
            BenchRun run = new BenchRun(null);
            try {
                measure(endpoint, plan, MultipathAddress.of(path), run, () -> {});
            } catch (ExecutionException e) {
                stdio.complain(path.label() + " alone: " + e.getCause().getMessage());
                continue;
            }
            BenchResult result = run.all().as(BenchResult.Kind.ALONE);
            print(out, result, plan);
            best = best == null ? result.totalMbit(plan) : Math.max(best, result.totalMbit(plan));
        }
        return best;
    }

    private void measure(Endpoint endpoint, BenchPlan plan, MultipathAddress server, BenchRun run, Runnable onInterval)
            throws InterruptedException, ExecutionException {
        List<CompletableFuture<Void>> ends = new CopyOnWriteArrayList<>();
        Bootstrap client = endpoint.client(TimeSpan.NEVER, session -> {
            BenchHandler handler = BenchHandler.ofClient(plan);
            session.pipeline().addLast(run.add((MultipathChannel) session, handler), handler);
            ends.add(handler.ended().toCompletableFuture());
        });
        paths.apply(client);
        for (int i = 0; i < sessions; i++) {
            client.connect(server).get();
        }
        List<ScheduledFuture<?>> periodic = new ArrayList<>();
        long periodNanos = Math.max(1, interval.toNanos());
        periodic.add(
                endpoint.eventLoops().scheduleAtFixedRate(onInterval, periodNanos, periodNanos, TimeUnit.NANOSECONDS));
        if (run.isPlotted()) {
            periodic.add(endpoint.eventLoops()
                    .scheduleAtFixedRate(() -> run.sample(plan), 0, PLOT_PERIOD.toMillis(), TimeUnit.MILLISECONDS));
        }
        try {
            CompletableFuture<Void> ended = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new));
            CompletableFuture.anyOf(ended, unreadable).get();
        } finally {
            periodic.forEach(task -> task.cancel(false));
        }
    }

    /** Who sees for the first time how bytes are shared out would take it for a fault. */
    private void tellOfLoopback(MultipathAddress server) {
        boolean isLoopback = server.paths().stream()
                .allMatch(path -> path.remote() instanceof InetSocketAddress remote
                        && remote.getAddress().isLoopbackAddress()
                        && path.attributes().maxBytesPerSecond() == PathAttributes.UNLIMITED);
        if (isLoopback && server.paths().size() > 1) {
            stdio.complain(
                    "loopback is no bottleneck, so one path may carry all of it; ADDRESS,rate=20MB makes one of each");
        }
    }

    private BenchPlan plan() {
        if (sessions < 1 || sessions > MAX_SESSIONS) {
            throw new ParameterException(spec.commandLine(), "-P takes 1 to " + MAX_SESSIONS + ", not " + sessions);
        }
        boolean isTimeGiven = spec.commandLine().getParseResult().hasMatchedOption("--time");
        return plan(
                direction.both ? Direction.BOTH : direction.reverse ? Direction.DOWN : Direction.UP,
                size == null || isTimeGiven ? duration : Duration.ofDays(1),
                size == null ? Long.MAX_VALUE : size.bytes());
    }

    private BenchPlan plan(Direction sender, Duration time, long bytes) {
        try {
            return new BenchPlan(sender, time, bytes);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage());
        }
    }

    private void print(PrintWriter out, BenchResult result, BenchPlan plan) {
        out.println(options.isJson() ? result.toJson() : result.toLine(plan));
        if (out.checkError()) {
            unreadable.complete(null);
        }
    }
}
