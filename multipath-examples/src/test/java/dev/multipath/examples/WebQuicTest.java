package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.testing.TestCertificate;
import io.netty.handler.codec.quic.Quic;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code web} for sessions over QUIC, beside all else that it serves. */
final class WebQuicTest {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final String QUIC = "quic://";

    private static String certificate;
    private static String key;

    @BeforeAll
    static void makeCertificate(@TempDir Path directory) throws Exception {
        assumeTrue(Quic.isAvailable(), () -> "no QUIC: " + Quic.unavailabilityCause());
        TestCertificate server = TestCertificate.make();
        certificate = server.writeCertificate(directory.resolve("server.pem")).toString();
        key = server.writeKey(directory.resolve("server.key")).toString();
    }

    private static RunningCommand web() {
        return RunningCommand.start(
                "web", "--cert", certificate, "--key", key, "--quic-cc", "bbr", "quic://127.0.0.1:0", "127.0.0.1:0");
    }

    private static String answer(RunningCommand client) throws IOException {
        client.input().write(REQUEST);
        client.input().flush();
        StringBuilder answer = new StringBuilder();
        int next;
        while (answer.indexOf("\r\n\r\n") < 0 || answer.charAt(answer.length() - 1) != '\n' || isOnlyHead(answer)) {
            next = client.output().read();
            assertThat(next)
                    .as("what comes behind %s; %s", answer, client.stderr())
                    .isNotNegative();
            answer.append((char) next);
        }
        return answer.toString();
    }

    private static boolean isOnlyHead(CharSequence answer) {
        return answer.toString().endsWith("\r\n\r\n");
    }

    /** At its own address, and at the other one beside TCP. */
    @Test
    void shouldServeSessionsOverQuicToo() throws Exception {
        try (RunningCommand web = web()) {
            List<String> bound = web.addresses();
            assertThat(bound).hasSize(2);
            assertThat(bound.get(0)).startsWith(QUIC);
            assertThat(bound.get(1)).doesNotContain(QUIC);
            List<List<String>> choices =
                    List.of(bound, bound.subList(0, 1), List.of(QUIC + bound.get(1)), bound.subList(1, 2));
            for (List<String> paths : choices) {
                String[] command = {"connect", "--ca", certificate, "--server-name", "localhost"};
                try (RunningCommand client = RunningCommand.start(
                        Stream.concat(Stream.of(command), paths.stream()).toArray(String[]::new))) {
                    assertThat(answer(client)).startsWith("HTTP/1.1 200").contains("Hello over multipath");
                    client.input().close();
                    assertThat(client.exitCode()).as(client.stderr()).isZero();
                }
            }
        }
    }

    @Test
    void shouldServePlainClientsBesideThem() throws Exception {
        try (RunningCommand web = web()) {
            HostPort place = HostPort.parse(web.addresses().get(1));
            try (Socket plain = new Socket(place.host(), place.port())) {
                plain.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
                plain.getOutputStream().write(REQUEST);
                assertThat(new String(plain.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                        .isEqualTo("HTTP/1.1 200");
            }
        }
    }

    /** The client is told, and does not wait until it finds that nobody is there. */
    @Test
    void shouldTellClientsOfItsEnd() throws Exception {
        try (RunningCommand web = web();
                RunningCommand client = RunningCommand.start(
                        "connect",
                        "--ca",
                        certificate,
                        "--server-name",
                        "localhost",
                        web.addresses().get(0))) {
            assertThat(answer(client)).contains("Hello");
            web.stop();
            assertThat(client.exitCode()).isEqualTo(1);
        }
    }

    @Test
    void shouldSayThatAPortIsTaken() throws Exception {
        try (RunningCommand web = web();
                RunningCommand other = RunningCommand.start(
                        "web",
                        "--cert",
                        certificate,
                        "--key",
                        key,
                        web.addresses().get(0))) {
            assertThat(other.exitCode()).isEqualTo(1);
            assertThat(other.stderr())
                    .contains("cannot listen on quic://127.0.0.1:")
                    .hasLineCount(1);
        }
    }
}
