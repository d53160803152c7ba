package dev.multipath.benchmarks.paths;

import dev.multipath.path.MultipathAddress;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves {@link PathClient}s until it is ended. */
@Command(
        name = "path-server",
        description = "The server of the emulated paths' benchmark; prints a line of JSON for each upload.",
        mixinStandardHelpOptions = true)
public final class PathServer implements Callable<Integer> {

    @Option(names = "--listen", required = true, split = ",", description = "[quic://]HOST:PORT of each path.")
    private String[] listen;

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

    @Option(names = "--trace", description = "A file for what the latest session knows of its paths, every 10 ms.")
    private String trace;

    /** Made by the command line. */
    public PathServer() {}

    @Override
    public Integer call() throws Exception {
        Wiring wiring = new Wiring(transport, quicCongestionControl, coupled);
        InetSocketAddress[] addresses =
                Arrays.stream(listen).map(Wiring::address).toArray(InetSocketAddress[]::new);
        WarmUp.run(wiring, addresses[addresses.length - 1]);
        Channel server =
                wiring.bind(wiring.newGroup("path-server"), MultipathAddress.of(addresses), trace, PathServer::print);
        print("{\"mode\":\"ready\"}");
        server.closeFuture().sync();
        return 0;
    }

    static void print(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
