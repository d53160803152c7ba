package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code listen} with sockets that systemd has opened. */
final class InheritedSocketsTest {
    private static final String ACTIVATE = "/usr/bin/systemd-socket-activate";

    /** What systemd does with NonBlocking=true, and its systemd-socket-activate does not. */
    private static final String UNBLOCK =
            "import os,sys; os.set_blocking(3, False); os.set_blocking(4, False); os.execvp(sys.argv[1], sys.argv[1:])";

    private static final long PID = 4711;

    @BeforeEach
    void haveEpoll() {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
    }

    @Test
    void shouldTakeThoseThatAreMeantForThisProcess() throws Exception {
        assertThat(InheritedSockets.of(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2"), PID)
                        .descriptors())
                .containsExactly(3, 4);
    }

    @ParameterizedTest
    @CsvSource({"4712, 1", "'', 1", "4711, 0", "4711, -1", "4711, 99999", "4711, x", "4711, ''"})
    void shouldTakeNoOthers(String pid, String count) throws Exception {
        assertThat(InheritedSockets.of(Map.of("LISTEN_PID", pid, "LISTEN_FDS", count), PID)
                        .isEmpty())
                .isTrue();
        assertThat(InheritedSockets.of(Map.of(), PID).isEmpty()).isTrue();
    }

    @Test
    void shouldSayWhichOneIsNoTcpSocket() {
        assertThatThrownBy(() -> new InheritedSockets(999_999).addresses())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("descriptor 999999", "no TCP socket");
    }

    /** With a mode whose sessions are on other event loops than what carries them, and one that has only one kind. */
    @ParameterizedTest
    @CsvSource({"--relay", "--echo"})
    void shouldBeActivatedBySystemd(String mode) throws Exception {
        assumeTrue(runs(ACTIVATE) && runs("python3"), "no systemd-socket-activate or no Python");
        List<String> addresses = List.of(freeAddress(), freeAddress());
        try (ServerSocket target = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                RunningProcess server = RunningProcess.startBy(
                        List.of(ACTIVATE, "-l", addresses.get(0), "-l", addresses.get(1), "python3", "-c", UNBLOCK),
                        mode.equals("--relay")
                                ? new String[] {"listen", "--relay", "127.0.0.1:" + target.getLocalPort()}
                                : new String[] {"listen", "--echo"})) {
            connectOnce(HostPort.parse(addresses.get(0)));
            assertThat(server.addresses()).isEqualTo(addresses);
            try (RunningCommand client = RunningCommand.start(addresses, "connect")) {
                client.input().write("hello".getBytes(StandardCharsets.UTF_8));
                client.input().flush();
                target.setSoTimeout((int) RunningCommand.TIME_LIMIT.toMillis());
                if (mode.equals("--relay")) {
                    try (var accepted = target.accept()) {
                        assertThat(accepted.getInputStream().readNBytes(5))
                                .asString()
                                .isEqualTo("hello");
                        accepted.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
                        assertThat(client.output().readNBytes(5)).asString().isEqualTo("hello");
                    }
                } else {
                    assertThat(client.output().readNBytes(5)).asString().isEqualTo("hello");
                }
                client.input().close();
                assertThat(client.exitCode()).isZero();
            }
        }
    }

    @Test
    void shouldSayWhatSystemdNeedsToBeTold() throws Exception {
        assumeTrue(runs(ACTIVATE), "no systemd-socket-activate");
        String address = freeAddress();
        try (RunningProcess server = RunningProcess.startBy(List.of(ACTIVATE, "-l", address), "listen", "--echo")) {
            connectOnce(HostPort.parse(address));
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.stderr()).contains("multipath: descriptor 3 blocks: systemd needs NonBlocking=true");
        }
    }

    private static boolean runs(String program) {
        try {
            return new ProcessBuilder(program, "--version")
                            .redirectErrorStream(true)
                            .redirectOutput(Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException | InterruptedException e) {
            return false;
        }
    }

    /** For the first connection, systemd starts the program. */
    private static void connectOnce(HostPort address) {
        await().atMost(RunningCommand.TIME_LIMIT).ignoreExceptions().until(() -> {
            new Socket(address.host(), address.port()).close();
            return true;
        });
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + free.getLocalPort();
        }
    }
}
