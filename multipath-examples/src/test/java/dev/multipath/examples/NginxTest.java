package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three servers behind two nginx that know nothing of sessions, with the configuration that {@code docs/FLEET.md} gives. */
final class NginxTest {
    private static final int SESSIONS = 30;
    private static final List<String> NAMES = List.of("ONE", "TWO", "THREE");

    /** Where Debian has them. */
    private static final Path MODULES = Path.of("/usr/lib/nginx/modules");

    private static final Path DOCS = Path.of("../docs").toAbsolutePath();

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Map<String, String> values = new HashMap<>();
    private final List<RunningProcess> servers = new ArrayList<>();
    private final List<Process> balancers = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeAll
    static void requireNginx() {
        assumeTrue(
                Files.exists(MODULES.resolve("ngx_stream_js_module.so"))
                        && Files.isExecutable(Path.of("/usr/sbin/nginx")),
                "no nginx, or not its module stream_js");
    }

    @AfterEach
    void tearDown() {
        servers.forEach(RunningProcess::close);
        balancers.forEach(balancer -> balancer.destroyForcibly().onExit().join());
        EventLoops.shutDown(group);
    }

    /** @param first the server id of the first, the others' are those that follow */
    private void startServers(int first) throws IOException {
        for (int i = 0; i < NAMES.size(); i++) {
            RunningProcess server = RunningProcess.start(
                    "listen", "-v", "--bind", "127.0.0.1", "--echo", "--server-id", "000" + (first + i));
            servers.add(server);
            values.put(NAMES.get(i), server.addresses().get(0));
        }
    }

    private InetSocketAddress startNginx() throws IOException {
        InetSocketAddress address = Haproxy.freeAddresses(1).get(0);
        Path home = Files.createTempDirectory(directory, "nginx");
        values.put("BIND", address.getHostString() + ":" + address.getPort());
        values.put("DIRECTORY", home.toString());
        values.put("MODULES", MODULES.toString());
        values.put("SCRIPT", DOCS.resolve("nginx-stream.js").toString());
        String configuration = Files.readString(DOCS.resolve("nginx-stream.conf"));
        for (Map.Entry<String, String> value : values.entrySet()) {
            configuration = configuration.replace("${MULTIPATH_" + value.getKey() + "}", value.getValue());
        }
        Path file = Files.writeString(home.resolve("nginx.conf"), configuration);
        // One process, so that its end is that of all.
        String[] command = {
            "/usr/sbin/nginx",
            "-e",
            "stderr",
            "-p",
            home.toString(),
            "-c",
            file.toString(),
            "-g",
            "daemon off; master_process off;"
        };
        Process nginx = new ProcessBuilder(command)
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        balancers.add(nginx);
        await().atMost(RunningCommand.TIME_LIMIT).until(() -> !nginx.isAlive() || listens(address));
        assertThat(nginx.isAlive()).isTrue();
        return address;
    }

    private static boolean listens(InetSocketAddress address) {
        try (Socket socket = new Socket()) {
            socket.connect(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** One path over each of two balancers. */
    @Test
    void shouldFindTheServerOfEveryJoin() throws Exception {
        startServers(1);
        Bootstrap bootstrap = EchoLoad.bootstrap(group, MultipathAddress.of(startNginx(), startNginx()));
        for (EchoLoad.Stream stream : EchoLoad.openOverTwoPaths(bootstrap, SESSIONS)) {
            assertThat(stream.session().stats().paths())
                    .allSatisfy(path -> assertThat(path.failures()).isZero());
            stream.finish();
        }
        for (RunningProcess server : servers) {
            assertThat(server.stderr()).contains("session 1: open").doesNotContain("another server's");
        }
    }

    /** Who goes by load would never come to a server that has not the fewest connections. */
    @Test
    void shouldFindABusyServerThatTheConfigurationDoesNotKnow() throws Exception {
        startServers(7);
        InetSocketAddress address = startNginx();
        // The server of one; the session begins at a second; then the third has the fewest connections.
        EchoLoad.Stream other = EchoLoad.open(EchoLoad.bootstrap(group, MultipathAddress.of(address)));
        EchoLoad.openOverTwoPaths(EchoLoad.bootstrap(group, MultipathAddress.of(address, address)), 1)
                .get(0)
                .finish();
        other.finish();
    }
}
