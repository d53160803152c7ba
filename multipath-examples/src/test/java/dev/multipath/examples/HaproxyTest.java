package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.examples.testing.TestCertificate;
import dev.multipath.path.MultipathAddress;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TlsConfig;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three servers behind HAProxies that know nothing of sessions, with the configurations that {@code docs/FLEET.md} gives. */
final class HaproxyTest {
    private static final int SESSIONS = 60;
    private static final String KEY = "AAECAwQFBgcICQoLDA0ODw==";
    private static final List<String> NAMES = List.of("one", "two", "three");

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Map<String, String> environment = new HashMap<>();
    private final List<RunningProcess> servers = new ArrayList<>();
    private SubflowTransport transport = SubflowTransport.ofEventLoop();

    @TempDir
    private Path directory;

    @BeforeAll
    static void requireHaproxy() {
        Haproxy.assumeInstalled();
    }

    @AfterEach
    void tearDown() {
        servers.forEach(RunningProcess::close);
        EventLoops.shutDown(group);
    }

    private void startServers(String... more) throws IOException {
        for (int i = 0; i < NAMES.size(); i++) {
            List<String> args = new ArrayList<>(List.of(
                    "listen", "-v", "--bind", "127.0.0.1", "--echo", "--drain", "1h", "--server-id", "000" + (i + 1)));
            args.addAll(List.of(more));
            RunningProcess server = RunningProcess.start(args.toArray(String[]::new));
            servers.add(server);
            environment.put(
                    "MULTIPATH_" + NAMES.get(i).toUpperCase(Locale.ROOT),
                    server.addresses().get(0));
        }
    }

    private void writeMap(String lines) throws IOException {
        environment.put(
                "MULTIPATH_MAP",
                Files.writeString(directory.resolve("servers.map"), lines).toString());
    }

    @Test
    void shouldFindTheServerOfEveryJoin() throws Exception {
        startServers();
        writeMap("0001 one\n0002 two\n0003 three\n");
        shouldFindTheServerOfEveryJoin("haproxy.cfg");
    }

    @Test
    void shouldFindTheServerOfEveryJoinWhenServerIdsAreMasked() throws Exception {
        startServers(
                "--server-id-key",
                Files.writeString(directory.resolve("key"), KEY).toString());
        writeMap("1 one\n2 two\n3 three\n");
        environment.put("MULTIPATH_KEY", KEY);
        shouldFindTheServerOfEveryJoin("haproxy-masked.cfg");
    }

    /** The balancer sees inside, and servers need no certificate. */
    @Test
    void shouldFindTheServerOfEveryJoinWhenTlsEndsAtTheBalancer() throws Exception {
        startServers();
        writeMap("0001 one\n0002 two\n0003 three\n");
        TestCertificate certificate = TestCertificate.make();
        String pem = Files.readString(certificate.writeCertificate(directory.resolve("certificate.pem")))
                + Files.readString(certificate.writeKey(directory.resolve("key.pem")));
        environment.put(
                "MULTIPATH_CERTIFICATE",
                Files.writeString(directory.resolve("both.pem"), pem).toString());
        TlsConfig tls = TlsConfig.client(
                        TlsConfig.prepare(SslContextBuilder.forClient().trustManager(certificate.certificate()))
                                .build())
                .withServerName("localhost");
        transport = transport.withTls(tls);
        shouldFindTheServerOfEveryJoin("haproxy-tls.cfg");
    }

    /** One path over each of two balancers, which know nothing of each other either. */
    private void shouldFindTheServerOfEveryJoin(String configuration) throws Exception {
        try (Haproxy first = Haproxy.start(configuration, environment);
                Haproxy second = Haproxy.start(configuration, environment)) {
            Bootstrap bootstrap = EchoLoad.bootstrap(group, MultipathAddress.of(first.address(), second.address()))
                    .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport);
            List<EchoLoad.Stream> streams = EchoLoad.openOverTwoPaths(bootstrap, SESSIONS);
            for (EchoLoad.Stream stream : streams) {
                assertThat(stream.session().stats().paths())
                        .allSatisfy(path -> assertThat(path.failures()).isZero());
                stream.finish();
            }
        }
        for (RunningProcess server : servers) {
            assertThat(server.stderr()).contains("session 1: open").doesNotContain("another server's");
        }
    }

    /** It is the server that says so, and the session goes on. */
    @Test
    void shouldTellAJoinThatTheMapDoesNotKnow() throws Exception {
        startServers();
        writeMap("");
        try (Haproxy haproxy = Haproxy.start("haproxy.cfg", environment)) {
            Bootstrap bootstrap = EchoLoad.bootstrap(group, MultipathAddress.of(haproxy.address(), haproxy.address()));
            // One of three finds its server at the first attempt.
            List<EchoLoad.Stream> streams = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                streams.add(EchoLoad.open(bootstrap));
            }
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> streams.stream()
                    .flatMap(stream -> stream.session().stats().paths().stream())
                    .anyMatch(path -> path.lastFailure() != null
                            && path.lastFailure().cause().getMessage().contains(" is wanted, this is 000")));
            streams.forEach(stream -> stream.echo(1000));
            streams.forEach(EchoLoad.Stream::finish);
        }
    }

    /** Who goes by load would never come to a server that has not the fewest connections. */
    @ParameterizedTest
    @ValueSource(strings = {"haproxy.cfg", "haproxy-masked.cfg"})
    void shouldFindABusyServerThatTheMapDoesNotKnow(String configuration) throws Exception {
        startServers();
        writeMap("");
        environment.put("MULTIPATH_KEY", KEY);
        try (Haproxy haproxy = Haproxy.start(configuration, environment)) {
            // The server of one; the session begins at a second; then the third has the fewest connections.
            EchoLoad.Stream other = EchoLoad.open(EchoLoad.bootstrap(group, MultipathAddress.of(haproxy.address())));
            Bootstrap bootstrap = EchoLoad.bootstrap(group, MultipathAddress.of(haproxy.address(), haproxy.address()));
            EchoLoad.openOverTwoPaths(bootstrap, 1).get(0).finish();
            other.finish();
        }
    }
}
