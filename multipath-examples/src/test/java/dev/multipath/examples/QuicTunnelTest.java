package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.testing.TestCertificate;
import io.netty.handler.codec.quic.Quic;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code listen} and {@code connect} over QUIC. */
final class QuicTunnelTest {
    private static final String WORDS = "by whatever comes through";

    @TempDir
    private static Path directory;

    private static String certificate;
    private static String key;

    @BeforeAll
    static void makeCertificate() throws Exception {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
        TestCertificate server = TestCertificate.make();
        certificate = server.writeCertificate(directory.resolve("server.pem")).toString();
        key = server.writeKey(directory.resolve("server.key")).toString();
    }

    private static RunningCommand connect(List<String> addresses, String transport) {
        return RunningCommand.start(
                addresses, "connect", "--transport", transport, "--ca", certificate, "--server-name", "localhost");
    }

    @ParameterizedTest
    @CsvSource({
        "quic, quic, true",
        "prefer-quic, quic, true",
        "prefer-quic, tcp, true",
        "prefer-quic, prefer-quic, true",
        "tcp, prefer-quic, true",
        "quic, tcp, false"
    })
    void shouldCarryEveryByte(String listening, String connecting, boolean through) throws Exception {
        List<String> server = Stream.of(
                        "listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo", "--transport", listening)
                .toList();
        try (RunningCommand listener = RunningCommand.start(
                        List.of("--cert", certificate, "--key", key), server.toArray(String[]::new));
                RunningCommand client = connect(listener.addresses(), connecting)) {
            if (through) {
                client.sendAll(WORDS.getBytes(StandardCharsets.UTF_8));
                assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                        .as(client.stderr())
                        .isEqualTo(WORDS);
            }
            assertThat(client.exitCode()).as(client.stderr()).isEqualTo(through ? 0 : 1);
        }
    }

    /** One path over TCP and one over QUIC, and what each is like below. */
    @Test
    void shouldCarryASessionOverBoth() throws Exception {
        byte[] bytes = new byte[3_000_000];
        try (RunningCommand listener = RunningCommand.start(
                        "listen", "--sink", "--cert", certificate, "--key", key, "127.0.0.1:0", "quic://127.0.0.1:0");
                RunningCommand client = RunningCommand.start(
                        paths(listener.addresses()),
                        "connect",
                        "--ca",
                        certificate,
                        "--server-name",
                        "localhost",
                        "--scheduler",
                        "round-robin",
                        "--json",
                        "--stats",
                        "10ms",
                        "--quic-cc",
                        "bbr",
                        "--quic-window",
                        "32",
                        "--quic-flow-control",
                        "2MiB",
                        "--quic-gso",
                        "1")) {
            assertThat(listener.addresses())
                    .hasSize(2)
                    .filteredOn(address -> address.startsWith("quic://127.0.0.1:"))
                    .hasSize(1);
            client.input().write(bytes);
            client.input().flush();
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> Pattern.compile("\"quic\",\"state\":\"active\".*\"transport_window_bytes\":")
                            .matcher(client.stderr())
                            .find());
            client.input().close();
            assertThat(client.output().readAllBytes()).isEmpty();
            assertThat(client.exitCode()).as(client.stderr()).isZero();
            String end =
                    client.stderr().lines().reduce((first, second) -> second).orElseThrow();
            assertThat(end).contains("\"ok\":true").doesNotContain("\"sent_frames\":0,");
        }
    }

    private static List<String> paths(List<String> addresses) {
        return List.of("tcp=" + addresses.get(0), "quic=" + addresses.get(1));
    }

    /** QUIC's socket is bound to the device too, and so is that of the other kind in a race. */
    @ParameterizedTest
    @CsvSource({"quic, ''", "prefer-quic, ''", "tcp, quic://"})
    void shouldLeaveByAnInterface(String transport, String scheme) throws Exception {
        String loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress())
                .getName();
        try (RunningCommand listener = RunningCommand.start(
                        "listen",
                        "--echo",
                        "--transport",
                        "prefer-quic",
                        "--cert",
                        certificate,
                        "--key",
                        key,
                        "127.0.0.1:0");
                RunningCommand client = RunningCommand.start(
                        "connect",
                        "--transport",
                        transport,
                        "--interface",
                        loopback,
                        "--ca",
                        certificate,
                        "--server-name",
                        "localhost",
                        scheme + listener.addresses().get(0))) {
            client.sendAll(WORDS.getBytes(StandardCharsets.UTF_8));
            assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                    .as(client.stderr())
                    .isEqualTo(WORDS);
            assertThat(client.exitCode()).as(client.stderr()).isZero();
            assertThat(client.stderr()).doesNotContain("option");
        }
    }

    @Test
    void shouldSayThatThisSystemHasNoQuic() throws Exception {
        try (RunningProcess client = RunningProcess.startWithout(
                "netty-codec-native-quic", "connect", "--ca", certificate, "quic://127.0.0.1:1")) {
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("no QUIC on this system").hasLineCount(1);
        }
    }
}
