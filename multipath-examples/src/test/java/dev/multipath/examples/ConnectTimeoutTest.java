package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** {@code connect --connect-timeout}. */
final class ConnectTimeoutTest {
    /** Whoever is there takes the connection, and says nothing. */
    @Test
    void shouldGiveUpAServerThatDoesNotAnswerInTheTimeGiven() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RunningCommand client = RunningCommand.start(
                        "connect", "--connect-timeout", "321ms", "127.0.0.1:" + silent.getLocalPort())) {
            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(client.stderr()).contains("321 ms").hasLineCount(1);
        }
    }
}
