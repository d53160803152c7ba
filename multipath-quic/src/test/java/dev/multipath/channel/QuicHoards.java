package dev.multipath.channel;

import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@link QuicHoarder}s cost a server, which is a process of its own: its resident memory, and what its budget counts. {@code
 * docs/PERFORMANCE.md} has a run. Linux.
 */
public final class QuicHoards {

    private static final int MIB = 1 << 20;
    private static final int LINES = 25;

    private QuicHoards() {}

    /**
     * Prints a line for each connection, or for each of some.
     *
     * @param args how many connections, the server's budget in MiB, and how much each sends behind a gap: 0 if it is to do nothing
     */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("server")) {
            serve(Long.parseLong(args[1]) * MIB);
            return;
        }
        int connections = Integer.parseInt(args[0]);
        int hoardedBytes = Integer.parseInt(args[2]);
        Process server = new ProcessBuilder(
                        "java",
                        "-Xmx128m",
                        // So that what the heap takes is there from the beginning.
                        "-Xms128m",
                        "-XX:+AlwaysPreTouch",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        QuicHoards.class.getName(),
                        "server",
                        args[1])
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader answers = server.inputReader()) {
            int port = Integer.parseInt(next(answers, "port "));
            InetSocketAddress place = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (QuicHoarder hoarder = new QuicHoarder(place)) {
                for (int i = 0; i <= connections; i++) {
                    if (i % Math.max(1, connections / LINES) == 0) {
                        server.getOutputStream().write('\n');
                        server.getOutputStream().flush();
                        System.out.println(i + " connections: " + next(answers, "resident "));
                    }
                    hoarder.hoard(hoardedBytes);
                }
            }
        } finally {
            server.destroy();
        }
        System.exit(0);
    }

    /** The next line that begins so, without that: others are of the log. */
    private static String next(BufferedReader answers, String begin) throws IOException {
        String line = answers.readLine();
        while (!line.startsWith(begin)) {
            line = answers.readLine();
        }
        return line.substring(begin.length());
    }

    /** A line for each that comes. */
    private static void serve(long budgetBytes) throws Exception {
        MemoryBudget budget = MemoryBudget.ofBytes(budgetBytes);
        EventLoopGroup group = TestTransport.EPOLL.newGroup(1);
        MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                .group(group)
                .channel(MultipathServerChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, QuicSetup.server())
                .option(MultipathChannelOption.MEMORY_BUDGET, budget)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new Recorder());
                    }
                })
                .bind(MultipathAddress.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .sync()
                .channel();
        InetSocketAddress place =
                (InetSocketAddress) server.localAddress().paths().get(0).remote();
        System.out.println("port " + place.getPort());
        BufferedReader questions = new BufferedReader(new InputStreamReader(System.in));
        while (questions.readLine() != null) {
            System.gc();
            System.out.printf(
                    "resident %d MiB, counted %d MiB, sessions %d, ended for memory %d%n",
                    residentKib() >> 10, budget.usedBytes() >> 20, server.sessionCount(), budget.evictedSessions());
        }
        group.shutdownGracefully();
    }

    private static long residentKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findAny()
                .orElse(0);
    }
}
