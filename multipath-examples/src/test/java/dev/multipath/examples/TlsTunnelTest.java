package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.testing.TestCertificate;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code listen} and {@code connect} with TLS on every path, and who is kept out by it. */
final class TlsTunnelTest {
    private static final String WORDS = "over two paths, and nobody else's business";

    @TempDir
    private static Path directory;

    private static String serverCertificate;
    private static String serverKey;
    private static String clientCertificate;
    private static String clientKey;

    @BeforeAll
    static void makeCertificates() throws Exception {
        TestCertificate server = TestCertificate.make();
        serverCertificate =
                server.writeCertificate(directory.resolve("server.pem")).toString();
        serverKey = server.writeKey(directory.resolve("server.key")).toString();
        TestCertificate client = TestCertificate.make();
        clientCertificate =
                client.writeCertificate(directory.resolve("client.pem")).toString();
        clientKey = client.writeKey(directory.resolve("client.key")).toString();
        Files.writeString(directory.resolve("empty.pem"), "");
        Files.writeString(
                directory.resolve("encrypted.key"),
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
        Files.writeString(
                directory.resolve("old.key"), "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        Files.writeString(
                directory.resolve("odd.key"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    }

    private static RunningCommand listen(String... options) {
        return RunningCommand.start(List.of(options), "listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static RunningCommand listenWithTls(String... options) {
        return listen(
                Stream.concat(Stream.of("--tls", "--cert", serverCertificate, "--key", serverKey), Stream.of(options))
                        .toArray(String[]::new));
    }

    private static RunningCommand connect(List<String> addresses, String... options) {
        return RunningCommand.start(
                addresses,
                Stream.concat(Stream.of("connect"), Stream.of(options)).toArray(String[]::new));
    }

    private static void assertEchoes(RunningCommand client) throws Exception {
        client.sendAll(WORDS.getBytes(StandardCharsets.UTF_8));
        assertThat(new String(client.output().readAllBytes(), StandardCharsets.UTF_8))
                .as(client.stderr())
                .isEqualTo(WORDS);
        assertThat(client.exitCode()).as(client.stderr()).isZero();
    }

    private static void assertKeptOut(RunningCommand client) throws Exception {
        assertThat(client.exitCode()).isEqualTo(1);
        assertThat(client.stderr()).contains("all paths failed");
        assertThat(client.output().readAllBytes()).isEmpty();
    }

    @Test
    void shouldCarryEveryByteAndCheckTheServersName() throws Exception {
        try (RunningCommand server = listenWithTls()) {
            List<String> numbers = server.addresses();
            List<String> names = numbers.stream()
                    .map(address -> address.replace("127.0.0.1", "localhost"))
                    .toList();
            try (RunningCommand client = connect(numbers, "--ca", serverCertificate, "--server-name", "localhost")) {
                assertEchoes(client);
            }
            try (RunningCommand client = connect(names, "-4", "--ca", serverCertificate)) {
                assertEchoes(client);
            }
            try (RunningCommand client = connect(numbers, "--ca", serverCertificate)) {
                assertKeptOut(client);
            }
            try (RunningCommand client = connect(numbers, "--ca", serverCertificate, "--server-name", "other.test")) {
                assertKeptOut(client);
            }
        }
    }

    @Test
    void shouldTrustNobodyUnknownAndSpeakNoPlainText() throws Exception {
        try (RunningCommand server = listenWithTls()) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = connect(addresses, "--tls", "--server-name", "localhost")) {
                assertKeptOut(client);
            }
            try (RunningCommand client = connect(addresses, "--ca", clientCertificate, "--server-name", "localhost")) {
                assertKeptOut(client);
            }
            try (RunningCommand client = connect(addresses)) {
                assertKeptOut(client);
            }
        }
    }

    @Test
    void shouldAskClientsForCertificatesOfTheAuthority() throws Exception {
        try (RunningCommand server = listenWithTls("--ca", clientCertificate)) {
            List<String> addresses = server.addresses();
            List<String> trusting = List.of("--ca", serverCertificate, "--server-name", "localhost");
            try (RunningCommand client = connect(
                    addresses,
                    Stream.concat(trusting.stream(), Stream.of("--cert", clientCertificate, "--key", clientKey))
                            .toArray(String[]::new))) {
                assertEchoes(client);
            }
            try (RunningCommand client = connect(addresses, trusting.toArray(String[]::new))) {
                assertKeptOut(client);
            }
            try (RunningCommand client = connect(
                    addresses,
                    Stream.concat(trusting.stream(), Stream.of("--cert", serverCertificate, "--key", serverKey))
                            .toArray(String[]::new))) {
                assertKeptOut(client);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "nowhere.pem, server.key, nowhere.pem cannot be read: no such file",
        "server.pem, nowhere.key, nowhere.key cannot be read: no such file",
        "empty.pem, server.key, empty.pem has no certificate in PEM",
        "server.key, server.key, server.key has no certificate in PEM",
        "server.pem, server.pem, server.pem has no private key in PEM",
        "server.pem, encrypted.key, encrypted.key has an encrypted private key",
        "server.pem, old.key, old.key has a private key in an older form",
        "server.pem, odd.key, odd.key has a private key of an unknown kind",
        "server.pem, client.key, client.key has a private key that is not the certificate's",
    })
    void shouldSayWhatIsWrongWithAFile(String certificate, String key, String complaint) throws Exception {
        String[] files = {
            "--cert",
            directory.resolve(certificate).toString(),
            "--key",
            directory.resolve(key).toString()
        };
        try (RunningCommand server = listen(files);
                RunningCommand client = connect(List.of("127.0.0.1:1"), files)) {
            for (RunningCommand command : List.of(server, client)) {
                assertThat(command.exitCode()).isEqualTo(2);
                assertThat(command.stderr()).contains(complaint).hasLineCount(1);
            }
        }
    }

    @Test
    void shouldSayThatAListenerIsOpenToAll() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--echo")) {
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> server.stderr().contains("without TLS"));
        }
        try (RunningCommand server =
                RunningCommand.start("listen", "--echo", "--cert", serverCertificate, "--key", serverKey)) {
            server.addresses();
            try (RunningCommand loopback = listen()) {
                loopback.addresses();
                assertThat(loopback.stderr()).hasLineCount(1);
            }
            assertThat(server.stderr()).hasLineCount(1);
        }
    }
}
