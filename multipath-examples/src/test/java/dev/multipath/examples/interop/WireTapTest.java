package dev.multipath.examples.interop;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client's and a server's plain socket on the two sides of the tap. */
@Timeout(value = 1, unit = MINUTES)
class WireTapTest {

    private static final byte[] PREFACE = new byte[17];
    private static final byte[] FRAME_10 = HexFormat.of().parseHex("030a414243");
    private static final byte[] ACK_10 = {0, 10};

    private ServerSocket listener;
    private WireTap tap;
    private Socket client;
    private Socket server;

    @BeforeEach
    void connect() throws IOException {
        listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        tap = new WireTap(List.of((InetSocketAddress) listener.getLocalSocketAddress()));
        client = new Socket();
        client.connect(tap.addresses().get(0));
        server = listener.accept();
    }

    @AfterEach
    void close() throws IOException {
        client.close();
        server.close();
        tap.close();
        listener.close();
        assertThat(tap.failures()).isEmpty();
    }

    @Test
    void shouldPassBytesUnchangedAndKnowTheFramesAndTheirAcknowledgements() throws IOException {
        client.getOutputStream().write(PREFACE);
        client.getOutputStream().write(FRAME_10);
        assertThat(server.getInputStream().readNBytes(PREFACE.length)).isEqualTo(PREFACE);
        assertThat(server.getInputStream().readNBytes(FRAME_10.length)).isEqualTo(FRAME_10);
        server.getOutputStream().write(PREFACE);
        server.getOutputStream().write(ACK_10);
        assertThat(client.getInputStream().readNBytes(PREFACE.length + ACK_10.length))
                .endsWith(ACK_10);
        await().untilAsserted(() -> assertThat(framesFromClient())
                .isEqualTo("[frame 10 (3 bytes, sent 1x on wires 0b1, delivered on 0b1, acked 1x)]"));
        assertThat(tap.<Long>inspect(view -> view.liveWiresOf(End.SERVER))).isEqualTo(1);
        assertThat(tap.busiestPath(End.CLIENT)).isZero();
    }

    @Test
    void shouldPassTheEndOfTheStreamOn() throws IOException {
        client.shutdownOutput();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        server.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
    }

    @Test
    void shouldResetBothEndsAndNewConnectionsWhenThePathIsKilled() throws IOException {
        client.getOutputStream().write(PREFACE);
        assertThat(server.getInputStream().readNBytes(PREFACE.length)).isEqualTo(PREFACE);
        tap.kill(0);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> server.getInputStream().readNBytes(1000)).isInstanceOf(SocketException.class);
        try (Socket late = new Socket()) {
            late.connect(tap.addresses().get(0));
            assertThatThrownBy(() -> {
                        if (late.getInputStream().read() < 0) {
                            throw new SocketException("ended before the reset was seen");
                        }
                    })
                    .isInstanceOf(SocketException.class);
        }
        assertThat(tap.<Long>inspect(view -> view.liveWiresOf(End.CLIENT))).isZero();
    }

    @Test
    void shouldHoldBytesBackWhileThePathIsBlackholed() throws IOException {
        tap.blackhole(0);
        client.getOutputStream().write(PREFACE);
        client.getOutputStream().write(FRAME_10);
        server.setSoTimeout(200);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        server.setSoTimeout(0);
        tap.restore(0);
        assertThat(server.getInputStream().readNBytes(PREFACE.length + FRAME_10.length))
                .endsWith(FRAME_10);
    }

    @Test
    void shouldLoseWhatComesAndThenResetInThePauseOfTheWatchedEnd() throws IOException {
        client.getOutputStream().write(PREFACE);
        assertThat(server.getInputStream().readNBytes(PREFACE.length)).isEqualTo(PREFACE);
        tap.loseAndKill(0, End.CLIENT);
        client.getOutputStream().write(FRAME_10);
        assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        assertThat(tap.killedPaths()).isEqualTo(1);
        assertThat(framesFromClient())
                .isIn("[]", "[frame 10 (3 bytes, sent 1x on wires 0b1, delivered on 0b0, acked 0x)]");
    }

    @Test
    void shouldPutAllFreeControlsAroundEveryFrame() throws IOException {
        tap.injectFreeControls(End.SERVER);
        client.getOutputStream().write(PREFACE);
        client.getOutputStream().write(FRAME_10);
        client.shutdownOutput();
        final String controls = "00020003000400050006000700080009";
        assertThat(HexFormat.of().formatHex(server.getInputStream().readAllBytes()))
                .isEqualTo("00".repeat(17) + controls + "030a414243" + controls);
        assertThat(tap.injections()).isEqualTo(2);
    }

    private String framesFromClient() {
        return tap.inspect(view -> view.ledgerOf(End.CLIENT).frames().toString());
    }
}
