package dev.multipath.testsuite.attack;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.metrics.PathStats;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The honest client, whose echoes go on whatever happens, and at the same time a victim: it dials what it is told to, on the
 * same event loop.
 */
final class ClientProcess {

    private static final Vitals VITALS = new Vitals();
    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private static final Bootstrap BOOTSTRAP = new Bootstrap().group(GROUP).channel(MultipathChannel.class);

    /** By what the test calls them. */
    private static final Map<String, Dialled> DIALLED = new HashMap<>();

    private ClientProcess() {}

    public static void main(String[] args) throws Exception {
        VITALS.watch(GROUP);
        List<HonestEcho> echoes = Stream.of(
                        // As the attacker's neighbour, from elsewhere, and as one who comes now.
                        new HonestEcho(BOOTSTRAP, address("127.0.0.1", args), false),
                        new HonestEcho(BOOTSTRAP, address("127.0.0.2", args), false),
                        new HonestEcho(BOOTSTRAP, address("127.0.0.2", args), true))
                .toList();
        Console.serve(
                Report.of("ready", 1),
                Map.of(
                        "begin",
                        words -> {
                            echoes.forEach(HonestEcho::begin);
                            return VITALS.begin();
                        },
                        "end",
                        words -> end(echoes, Long.parseLong(words[1])),
                        "used",
                        words -> VITALS.used(),
                        "memory",
                        words -> VITALS.memory(),
                        "health",
                        words -> VITALS.health(),
                        "dial",
                        words -> dial(words[1], Arrays.copyOfRange(words, 2, words.length)),
                        "state",
                        words -> DIALLED.get(words[1]).state(),
                        "send",
                        words -> DIALLED.get(words[1]).send(Integer.parseInt(words[2])),
                        "close",
                        words -> closeAll()));
    }

    private static MultipathAddress address(String local, String... ports) {
        return MultipathAddress.of(Arrays.stream(ports)
                .map(port -> Path.of(port, new InetSocketAddress("127.0.0.1", Integer.parseInt(port)))
                        .withLocal(new InetSocketAddress(local, 0)))
                .toList());
    }

    private static Report end(List<HonestEcho> echoes, long limitMillis) throws InterruptedException {
        long p99 = 0;
        long max = 0;
        long fewest = Long.MAX_VALUE;
        StringBuilder failures = new StringBuilder();
        for (HonestEcho echo : echoes) {
            Report report = echo.end(limitMillis);
            p99 = Math.max(p99, report.number("p99"));
            max = Math.max(max, report.number("max"));
            fewest = Math.min(fewest, report.number("count"));
            report.list("failures").forEach(failure -> failures.append(failure).append('\n'));
        }
        return Report.of("fewest", fewest, "p99", p99, "max", max, "failures", failures);
    }

    /** {@code dial NAME OPTION=VALUE... HOST:PORT...}: begins. */
    private static Report dial(String name, String... words) {
        Bootstrap bootstrap = BOOTSTRAP
                .clone()
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Duration.ofSeconds(2))
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 2000);
        List<Path> paths = new ArrayList<>();
        for (String word : words) {
            switch (word.replaceAll("=.*", "")) {
                case "addresses" -> bootstrap.option(MultipathChannelOption.ADDRESS_POLICY, AddressPolicy.ALL);
                case "unread" -> bootstrap.option(ChannelOption.AUTO_READ, false);
                case "resume" ->
                    bootstrap.option(
                            MultipathChannelOption.RESUMPTION_TIMEOUT,
                            Duration.ofMillis(Long.parseLong(word.substring(word.indexOf('=') + 1))));
                default -> {
                    int colon = word.lastIndexOf(':');
                    paths.add(Path.of(
                            word,
                            new InetSocketAddress(
                                    word.substring(0, colon), Integer.parseInt(word.substring(colon + 1)))));
                }
            }
        }
        Dialled dialled = new Dialled();
        bootstrap.handler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel session) {
                session.pipeline().addLast(dialled.new Handler());
            }
        });
        dialled.connecting = bootstrap.connect(MultipathAddress.of(paths));
        DIALLED.put(name, dialled);
        return Report.of("dialling", 1);
    }

    private static Report closeAll() {
        DIALLED.values().forEach(dialled -> ((MultipathChannel) dialled.connecting.channel()).abort(256, "over"));
        DIALLED.values().forEach(dialled -> dialled.connecting.channel().close());
        DIALLED.clear();
        return Report.of("closed", 1);
    }

    /** A session with a server that may be hostile. */
    private static final class Dialled {

        private ChannelFuture connecting;
        private volatile long received;

        /** Whether its end, if it has ended, looked to the application like the end of a stream. */
        private volatile boolean whole = true;

        private final Queue<String> causes = new ConcurrentLinkedQueue<>();

        Report state() {
            MultipathChannel session = (MultipathChannel) connecting.channel();
            return Report.of(
                    "connected",
                    !connecting.isDone() ? "pending" : connecting.isSuccess() ? "yes" : "no",
                    "open",
                    session.isOpen(),
                    "received",
                    received,
                    "whole",
                    whole,
                    "causes",
                    String.join("\n", causes),
                    "paths",
                    session.stats().paths().stream().map(PathStats::label).collect(Collectors.joining("\n")),
                    "attempts",
                    session.stats().paths().stream()
                            .mapToLong(path -> path.successes() + path.failures())
                            .sum());
        }

        Report send(int bytes) {
            Channel session = connecting.channel();
            session.writeAndFlush(session.alloc().buffer(bytes).writeZero(bytes));
            return Report.of("sent", bytes);
        }

        private void note(Throwable cause) {
            VITALS.noteRawText(cause.toString());
            if (causes.size() < 1000) {
                causes.add(cause.getClass().getSimpleName());
            }
        }

        private final class Handler extends SimpleChannelInboundHandler<ByteBuf> {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
                received += bytes.readableBytes();
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                if (event instanceof SubflowEvent subflow && subflow.cause() != null) {
                    note(subflow.cause());
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                whole = false;
                note(cause);
                ctx.close();
            }
        }
    }
}
