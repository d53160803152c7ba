package dev.multipath.examples.bench;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.bench.BenchResult.Kind;
import dev.multipath.examples.bench.BenchResult.OfPath;
import dev.multipath.examples.demo.GoodputPlot;
import dev.multipath.metrics.PathStats;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The sessions of one measurement, added up. Any thread. */
public final class BenchRun {
    private record Part(MultipathChannel session, BenchHandler handler) {}

    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private final GoodputPlot plot;
    private volatile long beganNanos = System.nanoTime();
    private boolean begun;
    private BenchResult last = new BenchResult(Kind.SUMMARY, 0, 0, 0, 0, List.of());

    /** @param plot gets all that is looked at, or is null */
    public BenchRun(GoodputPlot plot) {
        this.plot = plot;
    }

    /** Whether it is to be looked at now and then. */
    public boolean isPlotted() {
        return plot != null;
    }

    /** The first session is open: what it took to connect is not measured. */
    private synchronized void begin() {
        if (!begun) {
            begun = true;
            beganNanos = System.nanoTime();
            if (plot != null) {
                plot.begin(beganNanos);
            }
        }
    }

    /** Takes in a session, before it is open; what this returns marks what happens to its paths. */
    public ChannelHandler add(MultipathChannel session, BenchHandler handler) {
        parts.add(new Part(session, handler));
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                begin();
                ctx.fireChannelActive();
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (plot != null
                        && event instanceof SubflowEvent subflow
                        && subflow.kind() != SubflowEvent.Kind.ADDED) {
                    plot.mark(
                            System.nanoTime(),
                            subflow.path().label() + " " + subflow.kind().name().toLowerCase(Locale.ROOT));
                }
                ctx.fireUserEventTriggered(event);
            }
        };
    }

    /** All of it so far. */
    public BenchResult all() {
        Map<String, OfPath> paths = new LinkedHashMap<>();
        long receivedBytes = 0;
        for (Part part : parts) {
            receivedBytes += part.handler.receivedBytes();
            for (PathStats path : part.session.stats().paths()) {
                OfPath own = new OfPath(
                        path.label(), path.bytesSent(), path.bytesRetransmitted(), path.bytesReceived(), path.rtt());
                paths.merge(
                        path.label(),
                        own,
                        (one, other) -> new OfPath(
                                one.label(),
                                one.sentBytes() + other.sentBytes(),
                                one.repeatedBytes() + other.repeatedBytes(),
                                one.receivedBytes() + other.receivedBytes(),
                                one.rtt() == null ? other.rtt() : one.rtt()));
            }
        }
        long sentBytes = paths.values().stream().mapToLong(OfPath::sentBytes).sum();
        long nowNanos = System.nanoTime();
        return new BenchResult(
                Kind.SUMMARY, 0, nowNanos - beganNanos, sentBytes, receivedBytes, List.copyOf(paths.values()));
    }

    /** What has happened since this was called last. */
    public BenchResult interval() {
        BenchResult all = all();
        BenchResult interval = all.since(last);
        last = all;
        return interval;
    }

    /** Has the plot look, which wants to do so more often than anybody reads lines. */
    public void sample(BenchPlan plan) {
        BenchResult all = all();
        Map<String, Long> bytes = new HashMap<>();
        all.paths()
                .forEach(path -> bytes.put(
                        path.label(),
                        (plan.clientSends() ? path.sentBytes() : 0) + (plan.serverSends() ? path.receivedBytes() : 0)));
        long total = (plan.clientSends() ? all.sentBytes() : 0) + (plan.serverSends() ? all.receivedBytes() : 0);
        plot.sample(beganNanos + all.toNanos(), total, bytes);
    }

    /** The labels of all paths that there were. */
    public Collection<String> labels() {
        return new ArrayList<>(all().paths().stream().map(OfPath::label).toList());
    }
}
