package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.testing.Requirement;
import io.netty.channel.EventLoopGroup;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code listen} and {@code connect} with a shared secret, and who is kept out by it. */
final class PskTunnelTest {
    private static final String WORDS = "over two paths, and nobody else's business";

    @TempDir
    private static Path directory;

    private static String secret;
    private static String otherSecret;

    @BeforeAll
    static void makeSecrets() throws IOException {
        secret = writeForUs("secret", "Zm9ydHktdHdvIGlzIG5vdCByYW5kb20gZW5vdWdo\n");
        otherSecret = writeForUs("other", "Zm9ydHktdHdvIGlzIG5vdCByYW5kb20gZW5vdWdh\n");
        Files.writeString(directory.resolve("short"), "hunter2\n");
        Files.writeString(directory.resolve("empty"), "");
    }

    /** Nobody else can read it. */
    private static String writeForUs(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        assertThat(file.toFile().setReadable(false, false) && file.toFile().setReadable(true, true))
                .isTrue();
        return file.toString();
    }

    private static RunningCommand listen(String... options) {
        return RunningCommand.start(List.of(options), "listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static RunningCommand connect(List<String> addresses, String... options) {
        return RunningCommand.start(
                addresses,
                Stream.concat(Stream.of("connect"), Stream.of(options)).toArray(String[]::new));
    }

    private static void assertKeptOut(RunningCommand client) throws Exception {
        assertThat(client.exitCode()).isEqualTo(1);
        assertThat(client.stderr()).contains("all paths failed");
        assertThat(client.output().readAllBytes()).isEmpty();
    }

    @Test
    void shouldCarryEveryByteBothWays() throws Exception {
        // CRLF at the end of a copied file is no other secret.
        String copy = Files.writeString(
                        directory.resolve("copy"),
                        Files.readString(Path.of(secret)).strip() + "\r\n")
                .toString();
        byte[] bytes = new byte[3_000_000];
        new Random(1).nextBytes(bytes);
        try (RunningCommand server = listen("--psk-file", secret);
                RunningCommand client = connect(server.addresses(), "--psk-file", copy)) {
            client.sendAll(bytes);
            assertThat(client.output().readAllBytes()).as(client.stderr()).isEqualTo(bytes);
            assertThat(client.exitCode()).as(client.stderr()).isZero();
            assertThat(client.stderr()).isEmpty();
        }
    }

    @Requirement({"PSK-1", "PSK-2"})
    @Test
    void shouldKeepOutWhoHasNotTheSecret() throws Exception {
        TestCertificate certificate = TestCertificate.make();
        String pem = certificate.writeCertificate(directory.resolve("cert.pem")).toString();
        String key = certificate.writeKey(directory.resolve("cert.key")).toString();
        try (RunningCommand server = listen("--psk-file", secret)) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = connect(addresses, "--psk-file", otherSecret)) {
                assertKeptOut(client);
                assertThat(client.stderr())
                        .contains("is it the same at both ends")
                        .hasLineCount(1);
            }
            try (RunningCommand client = connect(addresses)) {
                assertKeptOut(client);
            }
            try (RunningCommand client = connect(addresses, "--ca", pem, "--server-name", "localhost")) {
                assertKeptOut(client);
            }
            assertThat(server.stderr()).as("strangers do not fill the log").hasLineCount(1);
        }
        try (RunningCommand server = listen();
                RunningCommand client = connect(server.addresses(), "--psk-file", secret)) {
            assertKeptOut(client);
        }
        try (RunningCommand server = listen("--cert", pem, "--key", key);
                RunningCommand client = connect(server.addresses(), "--psk-file", secret)) {
            assertKeptOut(client);
        }
    }

    /** A path that was added in the clear would be as good as none that is protected. */
    @Requirement("PSK-2")
    @Test
    void shouldSayNothingToAPlainSubflow() throws Exception {
        try (RunningCommand server = listen("--psk-file", secret)) {
            HostPort address = HostPort.parse(server.addresses().get(0));
            try (Socket socket = new Socket(address.host(), address.port())) {
                socket.getOutputStream().write(new byte[17]);
                byte[] answer = new DataInputStream(socket.getInputStream()).readAllBytes();
                // A TLS alert at most, which is not a preface (RFC 8446 section 6).
                assertThat(answer.length == 0 || answer[0] == 21).isTrue();
                assertThat(answer).hasSizeLessThan(17);
            } catch (IOException e) {
                assertThat(e).as("a reset will do, too").hasMessageContaining("reset");
            }
        }
    }

    /** What a path is protected by is no matter to what becomes of its death. */
    @Test
    void shouldGoOnWhenOneOfTwoPathsIsResetAndFailWhenBothAre() throws Exception {
        EventLoopGroup loop = Transport.forRelays().newEventLoop("paths");
        try (RunningCommand server = RunningCommand.start(
                        "listen", "--bind", "127.0.0.1", "--echo", "--psk-file", secret, "--resume", "0");
                PathEmulator one = path(loop, server);
                PathEmulator other = path(loop, server);
                RunningCommand client = RunningCommand.start(
                        "connect",
                        "--psk-file",
                        secret,
                        "--resume",
                        "0",
                        "--stats",
                        "0.1",
                        "127.0.0.1:" + one.address().getPort(),
                        "127.0.0.1:" + other.address().getPort())) {
            client.input().write(1);
            client.input().flush();
            assertThat(client.output().read()).isEqualTo(1);
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> {
                List<String> lines = client.stderr()
                        .lines()
                        .filter(line -> !line.contains("  transport: "))
                        .toList();
                return lines.size() > 1
                        && lines.subList(lines.size() - 2, lines.size()).stream()
                                .allMatch(line -> line.contains("ACTIVE"));
            });
            one.down();
            client.input().write(2);
            client.input().flush();
            assertThat(client.output().read()).isEqualTo(2);
            other.down();
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.output().read()).isEqualTo(-1);
        } finally {
            EventLoops.shutDown(loop);
        }
    }

    private static PathEmulator path(EventLoopGroup loop, RunningCommand server) throws Exception {
        HostPort address = HostPort.parse(server.addresses().get(0));
        return PathEmulator.start(
                loop, PathSettings.unlimited(), new InetSocketAddress(address.host(), address.port()));
    }

    @Requirement("PSK-6")
    @ParameterizedTest
    @CsvSource({
        "nowhere, nowhere cannot be read: no such file",
        "short, short has no shared secret",
        "empty, empty has no shared secret",
        "., cannot be read",
    })
    void shouldSayWhatIsWrongWithAFile(String file, String complaint) throws Exception {
        String path = directory.resolve(file).toString();
        try (RunningCommand server = listen("--psk-file", path);
                RunningCommand client = connect(List.of("127.0.0.1:1"), "--psk-file", path)) {
            for (RunningCommand command : List.of(server, client)) {
                assertThat(command.exitCode()).isEqualTo(2);
                assertThat(command.stderr()).contains(complaint).hasLineCount(1);
            }
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "has other permissions")
    void shouldWarnOfASecretThatAllCanRead() throws Exception {
        String open = writeForUs("open", Files.readString(Path.of(secret)));
        assertThat(new File(open).setReadable(true, false)).isTrue();
        // In a process of its own, since what is logged goes to the process' standard error.
        try (RunningProcess server =
                RunningProcess.start("listen", "--bind", "127.0.0.1", "--echo", "--psk-file", open)) {
            server.addresses();
            assertThat(server.stderr())
                    .contains("multipath: all users of this host can read the secret in " + open)
                    .hasLineCount(2);
        }
    }

    @Test
    void shouldNotCallAProtectedListenerOpen() throws Exception {
        try (RunningCommand open = RunningCommand.start("listen", "--echo")) {
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> open.stderr().contains("without TLS (--tls) or a shared secret"));
            try (RunningCommand server = RunningCommand.start("listen", "--echo", "--psk-file", secret)) {
                server.addresses();
                assertThat(server.stderr()).hasLineCount(1);
            }
        }
    }
}
