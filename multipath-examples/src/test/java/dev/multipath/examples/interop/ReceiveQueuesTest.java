package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class ReceiveQueuesTest {

    @Test
    void shouldTellWhatTheOtherEndHasNotRead() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket writer = new Socket(listener.getInetAddress(), listener.getLocalPort());
                Socket reader = listener.accept()) {
            assertThat(unreadBy(writer)).isZero();

            writer.getOutputStream().write(new byte[1000]);
            Awaitility.await().untilAsserted(() -> assertThat(unreadBy(writer)).isEqualTo(1000));
            assertThat(reader.getInputStream().readNBytes(400)).hasSize(400);

            assertThat(unreadBy(writer)).isEqualTo(600);
        }
    }

    private static long unreadBy(Socket writer) {
        return ReceiveQueues.now().unreadBytes(writer.getPort(), writer.getLocalPort());
    }
}
