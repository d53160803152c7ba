package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.multipath.codec.Preface;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.testing.EventLoops;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code listen --announce} and {@code --join-only-at}, and {@code connect --dial-announced}, in processes of their own. */
final class AnnounceOptionsTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @AfterEach
    void stop() {
        EventLoops.shutDown(group);
    }

    private static RunningProcess echo(String option, String address) throws Exception {
        return RunningProcess.start("listen", "--bind", "127.0.0.1", "--echo", option, address);
    }

    /** What stands before the server has an address that others share, and the server one of its own. */
    @Test
    void shouldJoinWhereTheServerWantsIt() throws Exception {
        try (RunningProcess server = echo("--join-only-at", "listeners")) {
            HostPort own = HostPort.parse(server.addresses().get(0));
            try (PathEmulator balancer = PathEmulator.builder(new InetSocketAddress(own.host(), own.port()))
                            .settings(PathSettings.ofMbit(100, Duration.ZERO))
                            .start(group);
                    RunningProcess client = RunningProcess.start(
                            "connect",
                            "-v",
                            "--dial-announced",
                            "all",
                            "wifi=127.0.0.1:" + balancer.address().getPort(),
                            "lte=127.0.0.1:" + balancer.address().getPort())) {
                await().atMost(RunningCommand.TIME_LIMIT).untilAsserted(() -> assertThat(client.stderr())
                        .contains("session 1: the server is at " + own + " too")
                        .containsPattern("session 1: path (wifi|lte) at \\S*" + own + " added"));
                // Its bytes, and its end.
                client.input().write("hello".getBytes(StandardCharsets.UTF_8));
                client.input().close();
                assertThat(client.output().readAllBytes()).asString().isEqualTo("hello");
                assertThat(client.exitCode()).isZero();
            }
        }
    }

    /** Who would have gone there needs to know why he does not get all the paths that he has given. */
    @Test
    void shouldSayWhyAPathIsNotDialled() throws Exception {
        try (RunningProcess server = echo("--join-only-at", "127.0.0.1:9");
                RunningProcess client = RunningProcess.start(
                        "connect",
                        "-v",
                        "wifi=" + server.addresses().get(0),
                        "lte=" + server.addresses().get(0))) {
            await().atMost(RunningCommand.TIME_LIMIT).untilAsserted(() -> assertThat(client.stderr())
                    .containsPattern(
                            "path (wifi|lte) is not dialled: the server wants joins at addresses that it announces"));
            client.input().close();
            assertThat(client.exitCode()).isZero();
        }
    }

    @Test
    void shouldDialWhatIsAnnounced() throws Exception {
        try (ServerSocket announced = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RunningProcess server = echo("--announce", "localhost:" + announced.getLocalPort());
                RunningProcess client =
                        RunningProcess.start(server.addresses(), "connect", "--dial-announced", "all")) {
            announced.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
            try (Socket dialled = announced.accept()) {
                assertThat(dialled.getInputStream().read()).isEqualTo(Preface.VERSION);
            }
            client.input().close();
            assertThat(client.exitCode()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "same-ports"})
    void shouldDialNothingElseUnasked(String which) throws Exception {
        try (ServerSocket announced = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RunningProcess server = echo("--announce", "127.0.0.1:" + announced.getLocalPort());
                RunningProcess client =
                        RunningProcess.start(server.addresses(), "connect", "-v", "--dial-announced", which)) {
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains("the server is at 127.0.0.1:" + announced.getLocalPort()));
            client.input().close();
            assertThat(client.exitCode()).isZero();
            announced.setSoTimeout(1);
            assertThatThrownBy(announced::accept).isInstanceOf(SocketTimeoutException.class);
        }
    }
}
