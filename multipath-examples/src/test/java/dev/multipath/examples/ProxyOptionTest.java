package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code connect --proxy}, through the proxy that {@code connect --socks} and {@code listen --egress} are together. */
final class ProxyOptionTest {

    @ParameterizedTest
    @ValueSource(strings = {"socks5", "http"})
    void shouldDialEachPathThroughTheProxy(String kind) throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
                RunningCommand exit =
                        RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0", "--egress", "127.0.0.0/8");
                RunningCommand entry = RunningCommand.start(exit.addresses(), "connect", "--socks", "0");
                RunningCommand client = RunningCommand.start(
                        server.addresses(),
                        "connect",
                        "--stats",
                        "60",
                        "--proxy",
                        kind + "://" + entry.addresses().get(0))) {
            client.sendAll("hello".getBytes(StandardCharsets.US_ASCII));
            assertThat(client.output().readAllBytes()).asString().isEqualTo("hello");
            assertThat(client.exitCode()).as(client.stderr()).isZero();
        }
    }

    @Test
    void shouldSayThatTheProxyLetsNobodyThrough() throws Exception {
        try (RunningCommand exit =
                        RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0", "--egress", "*:443");
                RunningCommand entry = RunningCommand.start(exit.addresses(), "connect", "--socks", "0");
                RunningCommand client = RunningCommand.start(
                        List.of("127.0.0.1:9"),
                        "connect",
                        "--proxy",
                        "socks5://" + entry.addresses().get(0))) {
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr())
                    .contains("all paths failed")
                    .containsIgnoringCase("socks5")
                    .contains("FORBIDDEN");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.1:1080", "ftp://10.0.0.1:21", "socks5://10.0.0.1", "http://me:secret@10.0.0.1:0"})
    void shouldRefuseWhatIsNoProxyAndTellNoPassword(String url) throws Exception {
        assertWrong("--proxy", url, "127.0.0.1:9");
    }

    @Test
    void shouldRefuseAProxyForQuic() throws Exception {
        assertThat(assertWrong("--proxy", "http://127.0.0.1:1", "--transport", "quic", "127.0.0.1:9"))
                .contains("--proxy goes with --transport tcp only");
        assertThat(assertWrong("--proxy", "http://127.0.0.1:1", "quic://127.0.0.1:9"))
                .contains("without quic:// addresses");
    }

    private static String assertWrong(String... arguments) throws Exception {
        String[] line =
                Stream.concat(Stream.of("connect"), Stream.of(arguments)).toArray(String[]::new);
        try (RunningCommand client = RunningCommand.start(line)) {
            assertThat(client.exitCode()).isEqualTo(2);
            assertThat(client.stderr()).contains("--proxy").doesNotContain("secret");
            return client.stderr();
        }
    }
}
