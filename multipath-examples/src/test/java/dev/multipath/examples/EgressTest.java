package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clients of a proxy at {@code connect --socks}, and where {@code listen --egress} lets them go. */
final class EgressTest {
    private static final int TIME_LIMIT_MILLIS = (int) RunningCommand.TIME_LIMIT.toMillis();

    private ServerSocket target;
    private RunningCommand exit;
    private RunningCommand entry;

    @BeforeEach
    void start() throws IOException {
        target = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        exit = RunningCommand.start(
                "listen", "--bind", "127.0.0.1", "-p", "0,0", "--egress", "*:443,127.0.0.1:" + target.getLocalPort());
        entry = RunningCommand.start(exit.addresses(), "connect", "--socks", "0");
    }

    @AfterEach
    void stop() throws IOException {
        entry.close();
        exit.close();
        target.close();
    }

    private InetSocketAddress proxyAddress() {
        HostPort address = HostPort.parse(entry.addresses().get(0));
        return new InetSocketAddress(address.host(), address.port());
    }

    private Socket socks(String host, int port) throws IOException {
        Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, proxyAddress()));
        socket.setSoTimeout(TIME_LIMIT_MILLIS);
        socket.connect(InetSocketAddress.createUnresolved(host, port), TIME_LIMIT_MILLIS);
        return socket;
    }

    private Socket plain() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(TIME_LIMIT_MILLIS);
        socket.connect(proxyAddress());
        return socket;
    }

    private void assertEchoes(Socket client, byte[] bytes) throws IOException {
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            try {
                client.getOutputStream().write(bytes);
                client.shutdownOutput();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(client.getInputStream().readAllBytes()).isEqualTo(bytes);
        sending.join();
    }

    private void echo() {
        CompletableFuture.runAsync(() -> {
            while (true) {
                try (Socket socket = target.accept()) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Up to the empty line. */
    private static String readHead(Socket socket) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                break;
            }
            head.append((char) next);
        }
        return head.toString();
    }

    @Test
    void shouldConnectBySocks() throws Exception {
        echo();
        byte[] bytes = new byte[1 << 20];
        new Random(1).nextBytes(bytes);
        try (Socket byAddress = socks("127.0.0.1", target.getLocalPort())) {
            assertEchoes(byAddress, bytes);
        }
        try (Socket byName = socks("localhost", target.getLocalPort())) {
            assertEchoes(byName, bytes);
        }
    }

    /** By address, and with a name behind it (4a). What is said before the answer is kept. */
    @ParameterizedTest
    @CsvSource({"'\177\0\0\1', ''", "'\0\0\0\1', 'localhost\0'"})
    void shouldConnectBySocks4(String address, String name) throws Exception {
        echo();
        int port = target.getLocalPort();
        byte[] refusal = {0, 91, 0, 0, 0, 0, 0, 0};
        try (Socket client = plain()) {
            client.getOutputStream().write(socks4(1, port, address, name));
            client.getOutputStream().write(ascii("early"));
            client.shutdownOutput();
            byte[] answer = client.getInputStream().readAllBytes();
            assertThat(answer).startsWith(0, 90);
            assertThat(new String(answer, 8, answer.length - 8, StandardCharsets.US_ASCII))
                    .isEqualTo("early");
        }
        try (Socket client = plain()) {
            client.getOutputStream().write(socks4(1, 443 + 1, address, name));
            assertThat(client.getInputStream().readAllBytes())
                    .as("no rule permits it")
                    .containsExactly(refusal);
        }
        try (Socket client = plain()) {
            client.getOutputStream().write(socks4(2, port, address, name));
            assertThat(client.getInputStream().readAllBytes()).as("BIND").containsExactly(refusal);
        }
    }

    private static byte[] socks4(int command, int port, String address, String name) {
        String request = "\4" + (char) command + (char) (port >> 8) + (char) (port & 0xff) + address + "user\0" + name;
        return request.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldSayWhatItTakesToWhoAsksForAPage() throws Exception {
        try (Socket client = plain()) {
            client.getOutputStream().write(ascii("GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n"));
            assertThat(client.getInputStream().readAllBytes())
                    .asString(StandardCharsets.US_ASCII)
                    .startsWith("HTTP/1.1 405 ")
                    .contains("This proxy takes CONNECT");
        }
    }

    @Test
    void shouldConnectByHttp() throws Exception {
        echo();
        try (Socket client = plain()) {
            client.getOutputStream()
                    .write(ascii("CONNECT localhost:" + target.getLocalPort() + " HTTP/1.1\r\nHost: x\r\n\r\n"));
            assertThat(readHead(client)).startsWith("HTTP/1.1 200 ");
            assertEchoes(client, ascii("GET / is the target's business now"));
        }
    }

    /** A client that does not wait for answers. */
    @Test
    void shouldKeepWhatIsSaidBeforeTheAnswer() throws Exception {
        echo();
        int port = target.getLocalPort();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(new byte[] {5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, (byte) (port >> 8), (byte) port});
        all.write(ascii("early"));
        try (Socket client = plain()) {
            client.getOutputStream().write(all.toByteArray());
            client.shutdownOutput();
            byte[] answer = client.getInputStream().readAllBytes();
            assertThat(answer).startsWith(5, 0, 5, 0, 0, 1);
            assertThat(new String(answer, StandardCharsets.US_ASCII)).endsWith("early");
        }
    }

    @Test
    void shouldRefuseWhatNoRulePermits() throws Exception {
        assertThatThrownBy(() -> socks("127.0.0.1", 443)).hasMessageContaining("ruleset");
        assertThatThrownBy(() -> socks("localhost", 443)).hasMessageContaining("ruleset");
        assertThatThrownBy(() -> socks("192.0.2.1", 80)).hasMessageContaining("ruleset");
        assertThatThrownBy(() -> socks("host.invalid", 443)).isInstanceOf(SocketException.class);
        int port = target.getLocalPort();
        target.close();
        assertThatThrownBy(() -> socks("127.0.0.1", port)).hasMessageContaining("refused");
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECT 127.0.0.1:443, 403",
        "CONNECT host.invalid:443, 502",
        "CONNECT nowhere, 400",
        "CONNECT a:99999, 400",
        "\0\0\0\0, 400",
    })
    void shouldSayWhyNotByHttp(String line, String status) throws Exception {
        try (Socket client = plain()) {
            client.getOutputStream().write(ascii(line + " HTTP/1.1\r\nHost: x\r\n\r\n"));
            assertThat(readHead(client)).startsWith("HTTP/1.1 " + status);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(exit.isRunning()).isTrue();
    }

    @Test
    void shouldTakeNothingButConnectWithoutAPassword() throws Exception {
        try (Socket client = plain()) {
            client.getOutputStream().write(new byte[] {5, 1, 2});
            assertThat(client.getInputStream().readAllBytes()).containsExactly(5, 0xff);
        }
        try (Socket client = plain()) {
            client.getOutputStream().write(new byte[] {5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80});
            byte[] answer = client.getInputStream().readAllBytes();
            assertThat(answer).startsWith(5, 0, 5, 7);
        }
    }

    /** As in any tunnel: a stream that was cut does not look whole. */
    @Test
    void shouldResetTheClientWhenTheTargetIs() throws Exception {
        try (Socket client = socks("127.0.0.1", target.getLocalPort())) {
            try (Socket accepted = target.accept()) {
                accepted.getOutputStream().write(1);
                assertThat(client.getInputStream().read()).isEqualTo(1);
                accepted.setSoLinger(true, 0);
            }
            assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
        }
    }

    /** Whoever says nothing, or leaves in the middle, costs nobody else anything. */
    @Test
    void shouldGoOnWhenAClientLeaves() throws Exception {
        echo();
        try (Socket client = plain()) {
            client.getOutputStream().write(5);
        }
        try (Socket client = plain()) {
            client.getOutputStream().write(ascii("CONN"));
            client.shutdownOutput();
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.getInputStream().read() < 0);
        }
        try (Socket client = socks("127.0.0.1", target.getLocalPort())) {
            assertEchoes(client, ascii("still there"));
        }
    }
}
