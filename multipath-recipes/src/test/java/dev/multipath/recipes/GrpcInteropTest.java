package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;

/** gRPC's interop suite over two paths, and over plain sockets for comparison. */
class GrpcInteropTest {

    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());

    @AfterAll
    static void stop() throws InterruptedException {
        GROUP.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
    }

    /** What both have in common. For JUnit 4, which is what the suite is written for. */
    public abstract static class Suite extends AbstractInteropTest {

        final SocketAddress address;

        Suite(SocketAddress address) {
            this.address = address;
        }

        abstract NettyServerBuilder server();

        abstract NettyChannelBuilder client();

        @Override
        protected ServerBuilder<?> getServerBuilder() {
            NettyServerBuilder builder = server().bossEventLoopGroup(GROUP)
                    .workerEventLoopGroup(GROUP)
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
            // The suite has tracers of its own.
            InternalNettyServerBuilder.setStatsEnabled(builder, false);
            return builder.addStreamTracerFactory(createCustomCensusTracerFactory());
        }

        @Override
        protected ManagedChannelBuilder<?> createChannelBuilder() {
            NettyChannelBuilder builder = client().eventLoopGroup(GROUP)
                    .overrideAuthority("example.org")
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
            InternalNettyChannelBuilder.setStatsEnabled(builder, false);
            return builder.intercept(createCensusStatsClientInterceptor());
        }
    }

    public static final class OverTwoPaths extends Suite {
        public OverTwoPaths() throws IOException {
            super(MultipathAddress.of(Loopback.freePort(), Loopback.freePort()));
        }

        @Override
        NettyServerBuilder server() {
            return NettyServerBuilder.forAddress(address, InsecureServerCredentials.create())
                    .channelType(MultipathServerChannel.class);
        }

        @Override
        NettyChannelBuilder client() {
            return NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create())
                    .channelType(MultipathChannel.class, MultipathAddress.class);
        }
    }

    public static final class OverSockets extends Suite {
        public OverSockets() throws IOException {
            super(Loopback.freePort());
        }

        @Override
        NettyServerBuilder server() {
            return NettyServerBuilder.forAddress(address, InsecureServerCredentials.create())
                    .channelType(NioServerSocketChannel.class);
        }

        @Override
        NettyChannelBuilder client() {
            return NettyChannelBuilder.forAddress(address, InsecureChannelCredentials.create())
                    .channelType(NioSocketChannel.class, InetSocketAddress.class);
        }
    }

    private static String report(String over, Result result) {
        return over + ": " + result.getRunCount() + " run, " + result.getFailureCount() + " failed, "
                + result.getIgnoreCount() + " ignored, " + result.getAssumptionFailureCount() + " not applicable";
    }

    @Test
    void shouldPassWhatPlainSocketsPass() {
        Result sockets = JUnitCore.runClasses(OverSockets.class);
        Result paths = JUnitCore.runClasses(OverTwoPaths.class);
        System.out.println(report("gRPC interop over sockets", sockets));
        System.out.println(report("gRPC interop over two paths", paths));
        assertThat(paths.getRunCount()).isGreaterThan(30);
        assertThat(paths.getFailures().stream().map(Failure::getTestHeader).collect(Collectors.toSet()))
                .isSubsetOf(sockets.getFailures().stream()
                        .map(Failure::getTestHeader)
                        .map(name -> name.replace("OverSockets", "OverTwoPaths"))
                        .collect(Collectors.toSet()));
        assertThat(paths.getAssumptionFailureCount()).isEqualTo(sockets.getAssumptionFailureCount());
    }
}
