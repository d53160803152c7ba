package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.multipath.testing.OneIn;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ctrl-C, and a process that is killed, where others have something under way through it. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has other signals")
final class ToolSignalsTest {
    private static final int INTERRUPTED = 130;

    @TempDir
    private Path directory;

    private static RunningProcess server(String... options) throws Exception {
        return RunningProcess.start(List.of(options), "listen", "--bind", "127.0.0.1", "-p", "0,0");
    }

    @Test
    void shouldEndAMeasurementByCtrlC() throws Exception {
        try (RunningProcess server = server("--bench");
                RunningProcess bench =
                        RunningProcess.start(server.addresses(), "bench", "-t", "1h", "--interval", "100ms")) {
            assertThat(bench.output().read()).isPositive();
            bench.signal("INT");
            assertThat(bench.exitCode()).isEqualTo(INTERRUPTED);
            assertThat(server.isRunning()).isTrue();
            // The next one is served.
            try (RunningProcess next = RunningProcess.start(server.addresses(), "bench", "-n", "1kB")) {
                assertThat(next.exitCode()).isZero();
            }
        }
    }

    @OneIn(2)
    @ParameterizedTest
    @CsvSource({"INT, true", "INT, false", "KILL, true", "KILL, false"})
    void shouldResetAProxysClientWhicheverEndIsInterruptedOrKilled(String signal, boolean isEntry) throws Exception {
        try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                RunningProcess exit = server("--resume", "500ms", "--egress", "127.0.0.1:" + target.getLocalPort());
                RunningProcess entry =
                        RunningProcess.start(exit.addresses(), "connect", "--resume", "500ms", "--socks", "0");
                Socket client = new Socket(
                        new Proxy(Proxy.Type.SOCKS, address(entry.addresses().get(0))))) {
            client.connect(target.getLocalSocketAddress());
            client.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
            try (Socket accepted = target.accept()) {
                accepted.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(1);
                (isEntry ? entry : exit).signal(signal);
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
                assertThatThrownBy(() -> accepted.getInputStream().read()).isInstanceOf(SocketException.class);
            }
        }
    }

    private static InetSocketAddress address(String text) {
        HostPort parsed = HostPort.parse(text);
        return new InetSocketAddress(parsed.host(), parsed.port());
    }

    private static boolean isAnswered(Path file) throws IOException {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
            return client.isConnected();
        }
    }

    @Test
    void shouldRemoveTheSocketsFileAtCtrlC() throws Exception {
        Path file = directory.resolve("entry");
        try (RunningProcess server = server("--echo");
                RunningProcess entry =
                        RunningProcess.start(server.addresses(), "connect", "--listen", "unix:" + file)) {
            // The file is there when the socket is bound, a moment before it listens.
            await().atMost(RunningCommand.TIME_LIMIT)
                    .ignoreException(ConnectException.class)
                    .until(() -> Files.exists(file) && isAnswered(file));
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
                client.write(ByteBuffer.wrap(new byte[] {7}));
                ByteBuffer answer = ByteBuffer.allocate(1);
                assertThat(client.read(answer)).isEqualTo(1);
                entry.signal("INT");
                assertThat(entry.exitCode()).isEqualTo(INTERRUPTED);
                assertThat(file).doesNotExist();
            }
        }
    }
}
