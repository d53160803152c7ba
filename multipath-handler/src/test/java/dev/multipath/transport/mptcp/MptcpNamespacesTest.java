package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.testing.OneIn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hosts with two paths between them, as network namespaces; needs root, {@code ip} and a kernel with MPTCP. */
class MptcpNamespacesTest {

    private static final int PATIENCE_SECONDS = 60;

    private final String client = "mptcp-c-" + ProcessHandle.current().pid();
    private final String server = "mptcp-s-" + ProcessHandle.current().pid();

    @BeforeEach
    void makeHosts() throws Exception {
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
        assumeTrue("root".equals(System.getProperty("user.name")), "only root makes network namespaces");
        assumeTrue(run(List.of("ip", "netns", "add", client)), "no network namespaces here");
        assertThat(run(List.of("ip", "netns", "add", server))).isTrue();
        for (int path = 1; path <= 2; path++) {
            String near = "mpc" + path;
            String far = "mps" + path;
            ip("-n", client, "link", "add", near, "type", "veth", "peer", "name", far, "netns", server);
            ip("-n", client, "address", "add", address(path, 1) + "/24", "dev", near);
            ip("-n", server, "address", "add", address(path, 2) + "/24", "dev", far);
            ip("-n", client, "link", "set", near, "up");
            ip("-n", server, "link", "set", far, "up");
        }
        for (String host : List.of(client, server)) {
            ip("-n", host, "link", "set", "lo", "up");
            ip("-n", host, "mptcp", "limits", "set", "subflows", "2", "add_addr_accepted", "2");
        }
        ip("-n", server, "mptcp", "endpoint", "add", address(2, 2), "dev", "mps2", "signal");
    }

    @AfterEach
    void removeHosts() throws Exception {
        if ("root".equals(System.getProperty("user.name")) && Mptcp.isAvailable()) {
            run(List.of("ip", "netns", "delete", client));
            run(List.of("ip", "netns", "delete", server));
        }
    }

    private static String address(int path, int end) {
        return "10.191." + path + "." + end;
    }

    private static void ip(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        assertThat(run(command)).as(String.join(" ", command)).isTrue();
    }

    private static boolean run(List<String> command) throws Exception {
        Path output = Files.createTempFile("mptcp", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } finally {
            Files.delete(output);
        }
    }

    private static PeerProcess start(String host, String... arguments) throws IOException {
        return new PeerProcess(List.of("ip", "netns", "exec", host), PeerProcess.ownJava(), arguments);
    }

    /** The connections of TCP in a namespace, by the kernel's own list. */
    private static long established(String host) throws Exception {
        Process ss = new ProcessBuilder("ip", "netns", "exec", host, "cat", "/proc/net/tcp", "/proc/net/tcp6")
                .redirectErrorStream(true)
                .start();
        String output = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(ss.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        return output.lines()
                .filter(line -> line.trim().matches("[0-9]+: \\S+ \\S+ 01 .*"))
                .count();
    }

    /** Numbers come back in order, all of them, or the client ends. */
    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @ValueSource(strings = {"plain", "session"})
    void shouldGoOnWhenAPathDies(String kind) throws Exception {
        try (PeerProcess listener = start(server, "server", "required", "0.0.0.0", "0", kind)) {
            String port = listener.awaitPort();
            try (PeerProcess peer = start(client, "client", "required", address(1, 2), port, kind)) {
                // The window that the kernel tells of is the first subflow's, and not the connection's.
                peer.await(line -> line.startsWith("mptcp=true subflows=2 told=2 window=-1 "));
                assertThat(established(client)).isEqualTo(2);
                ip("-n", client, "link", "set", "mpc1", "down");
                long before = PeerProcess.receivedIn(peer.await(line -> line.startsWith("mptcp=")));
                // More than what was on its way.
                peer.awaitReceived(before + 1000);
            }
        }
    }

    @Test
    void shouldTellThatThePeerHasOnlyTcp() throws Exception {
        try (PeerProcess listener = start(server, "server", "off", "0.0.0.0", "0", "plain")) {
            String port = listener.awaitPort();
            try (PeerProcess peer = start(client, "client", "if_available", address(1, 2), port, "plain")) {
                assertThat(peer.await(line -> line.startsWith("mptcp=")))
                        .startsWith("mptcp=false")
                        .contains(" told=0 ")
                        .doesNotContain("window=-1");
                peer.awaitReceived(10);
                assertThat(established(client)).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldTellThatMptcpIsTurnedOff() throws Exception {
        assertThat(run(List.of("ip", "netns", "exec", client, "sysctl", "-w", "net.mptcp.enabled=0")))
                .isTrue();
        try (PeerProcess listener = start(server, "server", "required", "0.0.0.0", "0", "plain")) {
            String port = listener.awaitPort();
            try (PeerProcess peer = start(client, "client", "if_available", address(1, 2), port, "plain")) {
                peer.await(line -> line.contains("net.mptcp.enabled"));
                assertThat(peer.await(line -> line.startsWith("mptcp="))).startsWith("mptcp=false");
                peer.awaitReceived(10);
            }
            try (PeerProcess peer = start(client, "client", "required", address(1, 2), port, "plain")) {
                peer.await(line -> line.contains(MptcpUnavailableException.class.getName()));
            }
        }
    }
}
