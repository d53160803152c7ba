package dev.multipath.examples;

import dev.multipath.examples.view.Views;
import java.io.IOException;
import picocli.CommandLine.Option;

/** What is shown of sessions while they live. */
final class ViewOptions {
    @Option(
            names = "--metrics",
            paramLabel = "[HOST:]PORT",
            converter = HostPort.LoopbackConverter.class,
            description = "Serve metrics of the sessions and their paths in Prometheus' text format at "
                    + "http://HOST:PORT/metrics, to whoever asks; a port alone listens on 127.0.0.1, port 0 picks a "
                    + "free one and prints it.")
    private HostPort metrics;

    @Option(
            names = "--dashboard",
            paramLabel = "[HOST:]PORT",
            converter = HostPort.LoopbackConverter.class,
            description =
                    "Serve a live page of the sessions and their paths; its address, with the token that it takes "
                            + "to see and to act, is printed. A port alone listens on 127.0.0.1, port 0 picks a free one.")
    private HostPort dashboard;

    /** Begins to serve what was asked for, and says where. */
    Views open(Stdio stdio) throws IOException, InterruptedException {
        Views views = new Views();
        try {
            if (metrics != null) {
                stdio.complain("metrics at " + views.serveMetrics(metrics.resolve(Family.ANY)));
            }
            if (dashboard != null) {
                stdio.complain("dashboard at " + views.serveDashboard(dashboard.resolve(Family.ANY)));
            }
            return views;
        } catch (IOException | InterruptedException | RuntimeException e) {
            views.close();
            throw e;
        }
    }
}
