package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Plain TCP programs on both sides of {@code connect --listen} and {@code listen --relay}. */
final class TunnelTest {
    private static final int TIME_LIMIT_MILLIS = (int) RunningCommand.TIME_LIMIT.toMillis();

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ServerSocket target;

    TunnelTest() throws IOException {
        target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void stop() throws IOException {
        target.close();
        threads.shutdownNow();
    }

    @Test
    void shouldCarryManyConnectionsAtOnceBothWays() throws Exception {
        serve(TunnelTest::echo);
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit)) {
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                byte[] data = new byte[2 << 20];
                new Random(i).nextBytes(data);
                clients.add(CompletableFuture.runAsync(() -> exchange(entry, data), threads));
            }
            assertThat(clients).allSatisfy(client -> assertThat(client).succeedsWithin(RunningCommand.TIME_LIMIT));
        }
    }

    @Test
    void shouldBringTheAnswerWhenTheClientHasEndedItsRequest() throws Exception {
        serve(socket -> {
            byte[] request = socket.getInputStream().readNBytes(7);
            socket.getOutputStream().write(request);
            socket.getOutputStream().write('!');
        });
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit);
                Socket client = connect(entry)) {
            client.getOutputStream().write("request".getBytes());
            client.shutdownOutput();

            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("request!");
        }
    }

    @Test
    void shouldBringALongAnswerToAClientThatEndedALongRequest() throws Exception {
        byte[] request = new byte[8 << 20];
        new Random(1).nextBytes(request);
        byte[] answer = new byte[12 << 20];
        new Random(2).nextBytes(answer);
        serve(socket -> {
            assertThat(socket.getInputStream().readNBytes(request.length)).isEqualTo(request);
            socket.getOutputStream().write(answer);
        });
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit);
                Socket client = connect(entry)) {
            client.getOutputStream().write(request);
            client.shutdownOutput();

            assertThat(client.getInputStream().readAllBytes()).isEqualTo(answer);
        }
    }

    /** Behind the orderly end of both directions: what the tunnel has closed is still to be read. */
    @EnabledOnOs(OS.LINUX)
    @Test
    void shouldBringTheWholeAnswerToAClientThatReadsItAfterTheTunnelHasClosed() throws Exception {
        byte[] answer = new byte[200 << 10];
        new Random(1).nextBytes(answer);
        serve(socket -> {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
            socket.getOutputStream().write(answer);
        });
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit);
                Socket client = new Socket()) {
            // So that most of the answer waits at the tunnel's end.
            client.setReceiveBufferSize(4 << 10);
            HostPort address = HostPort.parse(entry.addresses().get(0));
            client.connect(new InetSocketAddress(address.host(), address.port()));
            client.shutdownOutput();

            await().atMost(RunningCommand.TIME_LIMIT).until(() -> isClosed(address.port(), client.getLocalPort()));

            assertThat(client.getInputStream().readAllBytes()).isEqualTo(answer);
        }
    }

    /** Whether no process has that end of a TCP connection any more; the kernel may. */
    private static boolean isClosed(int localPort, int remotePort) throws IOException {
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = line.strip().split("\\s+");
                if (fields[1].endsWith(String.format(":%04X", localPort))
                        && fields[2].endsWith(String.format(":%04X", remotePort))) {
                    return fields[9].equals("0");
                }
            }
        }
        return true;
    }

    @Test
    void shouldCloseTheTargetsConnectionWhenTheClientLeaves() throws Exception {
        CompletableFuture<byte[]> heard = new CompletableFuture<>();
        serve(socket -> heard.complete(socket.getInputStream().readAllBytes()));
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit)) {
            try (Socket client = connect(entry)) {
                client.getOutputStream().write("bye".getBytes());
            }
            assertThat(heard).succeedsWithin(RunningCommand.TIME_LIMIT);
            assertThat(heard.join()).asString().isEqualTo("bye");
        }
    }

    @Test
    void shouldResetTheClientWhenThereIsNoServer() throws Exception {
        serve(TunnelTest::echo);
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit)) {
            exit.stop();
            try (Socket client = connect(entry)) {
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            assertThat(entry.isRunning()).isTrue();
        }
    }

    /** What a session sends is what it is meant by; one that is dropped for another sends nothing. */
    @Test
    void shouldConnectToTheTargetOnceASessionIsMeant() throws Exception {
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit);
                Socket client = connect(entry)) {
            client.shutdownOutput();
            target.setSoTimeout(TIME_LIMIT_MILLIS);
            try (Socket accepted = target.accept()) {
                assertThat(accepted.getInputStream().read()).isEqualTo(-1);
                accepted.getOutputStream().write('!');
                assertThat(client.getInputStream().read()).isEqualTo('!');
            }
        }
    }

    @Test
    void shouldConnectToATargetThatSpeaksFirst() throws Exception {
        serve(socket -> socket.getOutputStream().write("220 ready".getBytes()));
        try (RunningCommand exit = exit(target.getLocalPort());
                RunningCommand entry = entry(exit);
                Socket client = connect(entry)) {
            assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("220 ready");
        }
    }

    /** Whose client has no second path to show that it is meant, and waits for the target's first word. */
    @Test
    void shouldNotKeepASilentClientWaitingLongerThanAPingTakes() throws Exception {
        target.setSoTimeout(TIME_LIMIT_MILLIS);
        try (RunningCommand exit = RunningCommand.start(
                        "listen", "--bind", "127.0.0.1", "--relay", "127.0.0.1:" + target.getLocalPort());
                RunningCommand entry = entry(exit)) {
            // On a busy machine any of them may take long; if a session has to last a second, all do.
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> {
                long beganNanos = System.nanoTime();
                try (Socket client = connect(entry);
                        Socket accepted = target.accept()) {
                    assertThat(client.isConnected() && accepted.isConnected()).isTrue();
                    return System.nanoTime() - beganNanos < TimeUnit.MILLISECONDS.toNanos(800);
                }
            });
        }
    }

    private static RunningCommand exit(int port) {
        return RunningCommand.start("listen", "-p", "0,0", "--bind", "127.0.0.1", "--relay", "127.0.0.1:" + port);
    }

    private static RunningCommand entry(RunningCommand exit) {
        return RunningCommand.start(exit.addresses(), "connect", "--listen", "0");
    }

    private static Socket connect(RunningCommand entry) throws IOException {
        HostPort address = HostPort.parse(entry.addresses().get(0));
        Socket socket = new Socket(address.host(), address.port());
        socket.setSoTimeout(TIME_LIMIT_MILLIS);
        return socket;
    }

    private void exchange(RunningCommand entry, byte[] data) {
        try (Socket client = connect(entry)) {
            threads.submit(() -> {
                client.getOutputStream().write(data);
                return null;
            });
            assertThat(client.getInputStream().readNBytes(data.length)).isEqualTo(data);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the target does with a connection before it closes it. */
    private interface Service {
        void serve(Socket socket) throws IOException;
    }

    private void serve(Service service) {
        threads.submit(() -> {
            while (!target.isClosed()) {
                Socket accepted = target.accept();
                accepted.setSoTimeout(TIME_LIMIT_MILLIS);
                threads.submit(() -> {
                    try (accepted) {
                        service.serve(accepted);
                    }
                    return null;
                });
            }
            return null;
        });
    }

    private static void echo(Socket socket) throws IOException {
        socket.getInputStream().transferTo(socket.getOutputStream());
    }
}
