package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.path.MultipathAddress;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.InternalNettyChannelBuilder;
import io.grpc.netty.InternalNettyServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.testing.TlsTesting;
import io.grpc.testing.integration.AbstractInteropTest;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Request;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;

/**
 * gRPC's interop suite over two paths, and over plain sockets for comparison: its 35 cases, and those that gRPC's own test of its
 * Netty transport adds: two of addresses, and with TLS one of the client's certificate.
 */
class GrpcInteropTest {

    private static final EventLoopGroup GROUP = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());

    /** What gRPC's certificate for tests is for. */
    private static final String AUTHORITY = "foo.test.google.fr";

    @AfterAll
    static void stop() throws InterruptedException {
        GROUP.shutdownGracefully(20, 20_000, TimeUnit.MILLISECONDS).await(30, TimeUnit.SECONDS);
    }

    /** What all have in common. For JUnit 4, which is what the suite is written for. */
    public abstract static class Suite extends AbstractInteropTest {

        final SocketAddress address;
        private final ServerCredentials serverCredentials;
        private final ChannelCredentials channelCredentials;

        Suite(SocketAddress address, ServerCredentials serverCredentials, ChannelCredentials channelCredentials) {
            this.address = address;
            this.serverCredentials = serverCredentials;
            this.channelCredentials = channelCredentials;
        }

        @Override
        protected ServerBuilder<?> getServerBuilder() {
            NettyServerBuilder builder = NettyServerBuilder.forAddress(address, serverCredentials)
                    .channelType(
                            address instanceof MultipathAddress
                                    ? MultipathServerChannel.class
                                    : NioServerSocketChannel.class)
                    .bossEventLoopGroup(GROUP)
                    .workerEventLoopGroup(GROUP)
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
            // The suite has tracers of its own.
            InternalNettyServerBuilder.setStatsEnabled(builder, false);
            return builder.addStreamTracerFactory(createCustomCensusTracerFactory());
        }

        @Override
        protected ManagedChannelBuilder<?> createChannelBuilder() {
            NettyChannelBuilder builder = NettyChannelBuilder.forAddress(address, channelCredentials);
            if (address instanceof MultipathAddress) {
                builder.channelType(MultipathChannel.class, MultipathAddress.class);
            } else {
                builder.channelType(NioSocketChannel.class, InetSocketAddress.class);
            }
            builder.eventLoopGroup(GROUP)
                    .overrideAuthority(AUTHORITY)
                    .flowControlWindow(TEST_FLOW_CONTROL_WINDOW)
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
            InternalNettyChannelBuilder.setStatsEnabled(builder, false);
            return builder.intercept(createCensusStatsClientInterceptor());
        }

        /** Each path's, of what gRPC tells as the address of an end. */
        private static Set<InetSocketAddress> addresses(SocketAddress told) {
            List<SocketAddress> each = told instanceof MultipathAddress paths
                    ? paths.paths().stream().map(path -> path.remote()).toList()
                    : List.of(told);
            return each.stream().map(InetSocketAddress.class::cast).collect(Collectors.toSet());
        }

        private static Set<Integer> ports(SocketAddress told) {
            return addresses(told).stream().map(InetSocketAddress::getPort).collect(Collectors.toSet());
        }

        @org.junit.Test
        public void remoteAddr() {
            SocketAddress client = obtainRemoteClientAddr();
            assertThat(addresses(client)).isNotEmpty().allMatch(each -> each.getAddress()
                    .isLoopbackAddress());
            assertThat(ports(client)).doesNotContainAnyElementsOf(ports(address));
        }

        @org.junit.Test
        public void localAddr() {
            SocketAddress server = obtainLocalServerAddr();
            assertThat(addresses(server)).isNotEmpty().allMatch(each -> each.getAddress()
                    .isLoopbackAddress());
            assertThat(ports(address)).containsAll(ports(server));
        }
    }

    public static final class OverTwoPaths extends Suite {
        public OverTwoPaths() throws IOException {
            super(twoPorts(), InsecureServerCredentials.create(), InsecureChannelCredentials.create());
        }
    }

    public static final class OverSockets extends Suite {
        public OverSockets() throws IOException {
            super(Loopback.freePort(), InsecureServerCredentials.create(), InsecureChannelCredentials.create());
        }
    }

    /** From end to end, each proving who it is. */
    public abstract static class TlsSuite extends Suite {

        TlsSuite(SocketAddress address) throws IOException {
            super(
                    address,
                    TlsServerCredentials.newBuilder()
                            .keyManager(TlsTesting.loadCert("server1.pem"), TlsTesting.loadCert("server1.key"))
                            .trustManager(TlsTesting.loadCert("ca.pem"))
                            .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                            .build(),
                    TlsChannelCredentials.newBuilder()
                            .keyManager(TlsTesting.loadCert("client.pem"), TlsTesting.loadCert("client.key"))
                            .trustManager(TlsTesting.loadCert("ca.pem"))
                            .build());
        }

        @org.junit.Test
        public void tlsInfo() {
            assertX500SubjectDn("CN=testclient, O=Internet Widgits Pty Ltd, ST=Some-State, C=AU");
        }
    }

    public static final class OverTwoPathsByTls extends TlsSuite {
        public OverTwoPathsByTls() throws IOException {
            super(twoPorts());
        }
    }

    public static final class OverSocketsByTls extends TlsSuite {
        public OverSocketsByTls() throws IOException {
            super(Loopback.freePort());
        }
    }

    private static MultipathAddress twoPorts() throws IOException {
        return MultipathAddress.of(Loopback.freePort(), Loopback.freePort());
    }

    private static Result run(Class<? extends Suite> suite) {
        Result result = JUnitCore.runClasses(suite);
        System.out.println("gRPC interop, " + suite.getSimpleName() + ": " + result.getRunCount() + " run, "
                + result.getFailureCount() + " failed, " + result.getIgnoreCount() + " ignored, "
                + result.getAssumptionFailureCount() + " not applicable");
        return result;
    }

    /** What fails again by itself: the cases' deadlines are of seconds, and a machine may be busier than that. */
    private static List<Failure> failed(Result result, Class<? extends Suite> suite) {
        return result.getFailures().stream()
                .map(failure -> failure.getDescription().getMethodName())
                .map(name -> new JUnitCore().run(Request.method(suite, name)))
                .flatMap(again -> again.getFailures().stream())
                .toList();
    }

    @Test
    void shouldPassWhatPlainSocketsPass() {
        compare(37, OverSockets.class, OverTwoPaths.class);
    }

    @Test
    void shouldPassWhatTlsOverPlainSocketsPasses() {
        compare(38, OverSocketsByTls.class, OverTwoPathsByTls.class);
    }

    private static void compare(int cases, Class<? extends Suite> overSockets, Class<? extends Suite> overPaths) {
        Result sockets = run(overSockets);
        Result paths = run(overPaths);
        assertThat(failed(paths, overPaths)).isEmpty();
        assertThat(sockets.getRunCount()).isEqualTo(cases);
        assertThat(paths.getRunCount()).isEqualTo(cases);
        assertThat(paths.getAssumptionFailureCount()).isEqualTo(sockets.getAssumptionFailureCount());
    }
}
