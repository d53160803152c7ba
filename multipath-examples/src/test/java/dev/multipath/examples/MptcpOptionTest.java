package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.transport.mptcp.Mptcp;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code listen} and {@code connect} over the kernel's Multipath TCP. */
final class MptcpOptionTest {
    private static final byte[] WORDS = "by the kernel's paths".getBytes(StandardCharsets.US_ASCII);

    @BeforeEach
    void haveMptcp() {
        assumeTrue(Mptcp.isAvailable(), () -> "no MPTCP: " + Mptcp.unavailability());
    }

    private static RunningCommand listen(String mode, String... what) {
        String[] head = {"listen", "--bind", "127.0.0.1", "-p", "0,0", "--mptcp", mode};
        String[] all = Stream.concat(Arrays.stream(head), Arrays.stream(what)).toArray(String[]::new);
        return RunningCommand.start(all);
    }

    private static void assertEchoes(RunningCommand client) throws Exception {
        client.sendAll(WORDS);
        assertThat(client.output().readAllBytes()).as(client.stderr()).isEqualTo(WORDS);
        assertThat(client.exitCode()).as(client.stderr()).isZero();
    }

    @Test
    void shouldCarryEveryByte() throws Exception {
        try (RunningCommand server = listen("require", "--echo")) {
            for (String mode : new String[] {"require", "auto"}) {
                try (RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--mptcp", mode)) {
                    assertEchoes(client);
                }
            }
            try (RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
                assertThat(client.exitCode()).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldFailIfThePeerHasOnlyTcpAndMptcpIsRequired() throws Exception {
        try (RunningCommand server = listen("off", "--echo")) {
            try (RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--mptcp", "auto")) {
                assertEchoes(client);
            }
            try (RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--mptcp", "require")) {
                assertThat(client.exitCode()).isEqualTo(1);
                assertThat(client.stderr()).contains("no MPTCP to 127.0.0.1");
            }
        }
    }

    /** How many connections the kernel has below a path; none, and so no word, where it is one of TCP. */
    @Test
    void shouldTellOfTheKernelsSubflows() throws Exception {
        for (String mode : new String[] {"require", "off"}) {
            try (RunningCommand server = listen(mode, "--echo");
                    RunningCommand client = RunningCommand.start(
                            server.addresses(), "connect", "--mptcp", "auto", "--json", "--stats", "20ms")) {
                client.input().write(WORDS);
                client.input().flush();
                assertThat(client.output().readNBytes(WORDS.length)).isEqualTo(WORDS);
                // What the transport tells is asked while the session has something to do.
                await().atMost(RunningCommand.TIME_LIMIT)
                        .until(() -> client.stderr().contains("transport_window_bytes"));
                client.input().close();
                assertThat(client.exitCode()).as(client.stderr()).isZero();
                assertThat(client.stderr().contains("\"mptcp_subflows\":1")).isEqualTo(mode.equals("require"));
            }
        }
    }

    /** Whose sessions are on event loops of another kind. */
    @Test
    void shouldCarryATunnel() throws Exception {
        try (ServerSocket target = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                RunningCommand exit = listen("require", "--relay", "127.0.0.1:" + target.getLocalPort());
                RunningCommand entry =
                        RunningCommand.start(exit.addresses(), "connect", "--mptcp", "require", "--listen", "0")) {
            String address = entry.addresses().get(0);
            int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                client.getOutputStream().write(WORDS);
                client.shutdownOutput();
                target.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
                try (Socket served = target.accept()) {
                    byte[] request = served.getInputStream().readAllBytes();
                    assertThat(request).isEqualTo(WORDS);
                    served.getOutputStream().write(request);
                }
                assertThat(client.getInputStream().readAllBytes()).isEqualTo(WORDS);
            }
        }
    }
}
