package dev.multipath.benchmarks.scale;

import dev.multipath.benchmarks.stack.Transport;
import picocli.CommandLine.Option;

/** What commands have in common that have very many sessions. */
final class ManySessions {

    @Option(names = "--sessions", description = "How many (default: ${DEFAULT-VALUE}).")
    private int count;

    @Option(names = "--subflows", description = "Of each (default: ${DEFAULT-VALUE}).")
    private int subflows = 2;

    @Option(names = "--transport", description = "NIO, EPOLL or IO_URING (default: ${DEFAULT-VALUE}).")
    private Transport transport = Transport.NIO;

    ManySessions(int defaultCount) {
        count = defaultCount;
    }

    int count() {
        return count;
    }

    int subflows() {
        return subflows;
    }

    Transport transport() {
        return transport;
    }
}
