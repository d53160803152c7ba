package dev.multipath.examples.demo;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Records a run for a plot, beside what shows it. */
final class PlotProgress implements Progress {
    private final Progress shown;
    private final GoodputPlot plot;
    private final Supplier<MultipathChannel> receiving;
    private final Map<Integer, String> linksByPort;

    /** The links of the receiving end's paths, by their labels there: a subflow tells, while it is there. */
    private final Map<String, String> links = new ConcurrentHashMap<>();

    /**
     * @param receiving the end at which bytes arrive, or null before there is one
     * @param linksByPort what each path is called, by the port that it leads to
     */
    PlotProgress(
            Progress shown, GoodputPlot plot, Supplier<MultipathChannel> receiving, Map<Integer, String> linksByPort) {
        this.shown = shown;
        this.plot = plot;
        this.receiving = receiving;
        this.linksByPort = linksByPort;
    }

    @Override
    public void update(long receivedBytes, MultipathStats stats) {
        Map<String, Long> bytesByLink = new HashMap<>();
        MultipathChannel end = receiving.get();
        if (end != null) {
            end.subflows().forEach(subflow -> {
                String link = linksByPort.get(((InetSocketAddress) subflow.local()).getPort());
                links.put(subflow.path().label(), link);
            });
            for (PathStats path : end.stats().paths()) {
                String link = links.get(path.label());
                if (link != null) {
                    bytesByLink.merge(link, path.bytesReceived(), Long::sum);
                }
            }
        }
        plot.sample(System.nanoTime(), receivedBytes, bytesByLink);
        shown.update(receivedBytes, stats);
    }

    @Override
    public void note(String event) {
        plot.mark(System.nanoTime(), event);
        shown.note(event);
    }

    @Override
    public void close() {
        shown.close();
    }
}
