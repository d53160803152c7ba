package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.testing.OneIn;
import io.netty.channel.EventLoopGroup;
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
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A tunnel of {@code connect --listen} and {@code listen --relay} that is cut: whoever ends it and however, the TCP end at
 * its other side sees a reset, and a clean end only behind all bytes and a FIN.
 */
final class CutTunnelTest {
    private static final int TIME_LIMIT_MILLIS = (int) RunningCommand.TIME_LIMIT.toMillis();

    /** Of the streams that are cut: so much has come through before. */
    private static final int BYTES_BEFORE_CUT = 1 << 20;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final ServerSocket target;

    CutTunnelTest() throws IOException {
        target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        toClose.add(target);
    }

    @AfterEach
    void stop() throws Exception {
        for (int i = toClose.size() - 1; i >= 0; i--) {
            toClose.get(i).close();
        }
        threads.shutdownNow();
        assertThat(threads.awaitTermination(TIME_LIMIT_MILLIS, TimeUnit.MILLISECONDS))
                .isTrue();
    }

    /** Who moves bytes through the tunnel when it is cut. */
    private enum Transfer {
        /** The target writes, the client reads. */
        DOWNLOAD,
        /** The client writes, the target reads. */
        UPLOAD,
        /** Both do both. */
        NONE
    }

    /** The two TCP ends of one connection through the tunnel. */
    private record Ends(Socket client, Socket target) {}

    // ---- by a signal

    @OneIn(3)
    @ParameterizedTest
    @CsvSource({
        "listen, INT",
        "listen, TERM",
        "listen, KILL",
        "connect, INT",
        "connect, TERM",
        "connect, KILL",
    })
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "knows no signals")
    void shouldResetBothTcpEndsWhenAProcessIsEnded(String who, String signal) throws Exception {
        RunningProcess exit = keep(RunningProcess.start(
                "listen",
                "-p",
                "0,0",
                "--bind",
                "127.0.0.1",
                "--resume",
                "1s",
                "--relay",
                "127.0.0.1:" + target.getLocalPort()));
        RunningProcess entry =
                keep(RunningProcess.start(exit.addresses(), "connect", "--resume", "1s", "--listen", "0"));
        Ends download = open(entry.addresses());
        Ends upload = open(entry.addresses());
        Ends idle = open(entry.addresses());
        CompletableFuture<?> downloading = writeForever(download.target());
        CompletableFuture<?> uploading = writeForever(upload.client());
        download.client().getInputStream().skipNBytes(BYTES_BEFORE_CUT);
        upload.target().getInputStream().skipNBytes(BYTES_BEFORE_CUT);

        (who.equals("listen") ? exit : entry).signal(signal);

        assertReset(download.client());
        assertReset(upload.target());
        assertReset(idle.client());
        assertReset(idle.target());
        assertThat(downloading).failsWithin(RunningCommand.TIME_LIMIT);
        assertThat(uploading).failsWithin(RunningCommand.TIME_LIMIT);
        assertThat((who.equals("listen") ? exit : entry).exitCode())
                .isEqualTo(
                        switch (signal) {
                            case "INT" -> 130;
                            case "TERM" -> 143;
                            default -> 137;
                        });
        assertThat((who.equals("listen") ? entry : exit).isRunning()).isTrue();
    }

    // ---- by a TCP end

    @ParameterizedTest
    @EnumSource(Transfer.class)
    void shouldResetTheClientWhenTheTargetResets(Transfer transfer) throws Exception {
        Ends ends = open(tunnel());
        CompletableFuture<?> writing = begin(transfer, ends);

        reset(ends.target());

        assertCut(ends.client(), writing, transfer == Transfer.UPLOAD);
    }

    @ParameterizedTest
    @EnumSource(Transfer.class)
    void shouldResetTheTargetWhenTheClientResets(Transfer transfer) throws Exception {
        Ends ends = open(tunnel());
        CompletableFuture<?> writing = begin(transfer, ends);

        reset(ends.client());

        assertCut(ends.target(), writing, transfer == Transfer.DOWNLOAD);
    }

    /** What one end still wanted to say when the other had ended. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldResetTheOneThatEndedFirstWhenTheOtherResets(boolean clientEndsFirst) throws Exception {
        Ends ends = open(tunnel());
        Socket first = clientEndsFirst ? ends.client() : ends.target();
        Socket last = clientEndsFirst ? ends.target() : ends.client();
        first.shutdownOutput();
        assertThat(last.getInputStream().read()).isEqualTo(-1);
        CompletableFuture<?> writing = writeForever(last);
        first.getInputStream().skipNBytes(BYTES_BEFORE_CUT);

        reset(last);

        assertReset(first);
        assertThat(writing).failsWithin(RunningCommand.TIME_LIMIT);
    }

    /** Its own stream was whole; the other's has nobody to go to. */
    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldResetTheOtherWhenTheOneThatEndedFirstResets(boolean clientEndsFirst) throws Exception {
        Ends ends = open(tunnel());
        Socket first = clientEndsFirst ? ends.client() : ends.target();
        Socket last = clientEndsFirst ? ends.target() : ends.client();
        first.shutdownOutput();
        assertThat(last.getInputStream().read()).isEqualTo(-1);

        reset(first);

        assertThat(writeForever(last)).failsWithin(RunningCommand.TIME_LIMIT);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldBringAllBytesAndThenTheEndWhenOneEndIsDone(boolean clientEndsFirst) throws Exception {
        Ends ends = open(tunnel());
        byte[] data = new byte[5 << 20];
        new Random(11).nextBytes(data);
        Socket first = clientEndsFirst ? ends.client() : ends.target();
        Socket last = clientEndsFirst ? ends.target() : ends.client();
        for (Socket[] direction : new Socket[][] {{first, last}, {last, first}}) {
            CompletableFuture<?> written = run(() -> {
                direction[0].getOutputStream().write(data);
                direction[0].shutdownOutput();
            });
            assertThat(direction[1].getInputStream().readAllBytes()).isEqualTo(data);
            assertThat(written).succeedsWithin(RunningCommand.TIME_LIMIT);
        }
    }

    // ---- by the network

    @ParameterizedTest
    @EnumSource(Transfer.class)
    void shouldResetBothEndsWhenTheSessionIsLost(Transfer transfer) throws Exception {
        RunningCommand exit = keep(exit("--resume", "0"));
        EventLoopGroup loop = Transport.forRelays().newEventLoop("paths");
        toClose.add(() -> EventLoops.shutDown(loop));
        HostPort listener = HostPort.parse(exit.addresses().get(0));
        PathEmulator path = keep(PathEmulator.start(
                loop, PathSettings.unlimited(), new InetSocketAddress(listener.host(), listener.port())));
        RunningCommand entry = keep(RunningCommand.start(
                "connect",
                "--resume",
                "0",
                "--listen",
                "0",
                "127.0.0.1:" + path.address().getPort()));
        Ends ends = open(entry.addresses());
        CompletableFuture<?> writing = begin(transfer, ends);

        path.down();

        assertCut(ends.client(), writing, transfer == Transfer.UPLOAD);
        assertCut(ends.target(), writing, transfer == Transfer.DOWNLOAD);
    }

    // ---- the target

    @Test
    void shouldResetTheClientAndSayWhyWhenTheTargetRefuses() throws Exception {
        target.close();
        RunningCommand exit = keep(exit());
        RunningCommand entry = keep(RunningCommand.start(exit.addresses(), "connect", "--listen", "0"));
        HostPort address = HostPort.parse(entry.addresses().get(0));
        Socket client = keep(new Socket(address.host(), address.port()));
        client.setSoTimeout(TIME_LIMIT_MILLIS);
        client.getOutputStream().write('x');

        assertReset(client);
        assertThat(exit.isRunning()).isTrue();
        assertThat(entry.isRunning()).isTrue();
    }

    /** As {@code printf x | connect}. */
    @Test
    void shouldFailWithTheServersReasonWhenTheTargetRefuses() throws Exception {
        target.close();
        RunningCommand exit = keep(exit());
        RunningCommand client = keep(RunningCommand.start(exit.addresses(), "connect"));
        client.sendAll(new byte[] {'x'});

        assertThat(client.exitCode()).isEqualTo(1);
        assertThat(client.stderr())
                .contains("the peer reset the session, code 258: Connection refused")
                .hasLineCount(1);
    }

    /** What is resolved at the start may not be later, when the operator's names change. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLogAtBothEndsWhyTheTargetCannotBeReached(boolean resolved, @TempDir Path directory) throws Exception {
        Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 target.test\n");
        RunningProcess exit = keep(RunningProcess.startAfter(
                ":",
                List.of("-Djdk.net.hosts.file=" + hosts, "-Dsun.net.inetaddr.ttl=0"),
                "listen",
                "-p",
                "0,0",
                "--bind",
                "127.0.0.1",
                "--relay",
                "target.test:" + target.getLocalPort()));
        RunningProcess entry = keep(RunningProcess.start(exit.addresses(), "connect", "--listen", "0"));
        HostPort address = HostPort.parse(entry.addresses().get(0));
        target.close();
        if (!resolved) {
            Files.writeString(hosts, "");
        }
        Socket client = keep(new Socket(address.host(), address.port()));
        client.setSoTimeout(TIME_LIMIT_MILLIS);
        client.getOutputStream().write('x');

        assertReset(client);
        String reason = resolved ? "Connection refused" : "unknown host ";
        await().atMost(RunningCommand.TIME_LIMIT).untilAsserted(() -> {
            assertThat(exit.stderr()).contains("relay: " + reason).contains("target.test");
            assertThat(entry.stderr()).contains("the peer reset the session, code 258: " + reason);
        });
        assertThat(exit.isRunning()).isTrue();
        assertThat(entry.isRunning()).isTrue();
    }

    // ---- helpers

    private RunningCommand exit(String... more) {
        List<String> args = new ArrayList<>(List.of("listen", "-p", "0,0", "--bind", "127.0.0.1"));
        args.addAll(List.of(more));
        args.addAll(List.of("--relay", "127.0.0.1:" + target.getLocalPort()));
        return RunningCommand.start(args.toArray(String[]::new));
    }

    /** Where its entry is. */
    private List<String> tunnel() {
        RunningCommand exit = keep(exit());
        return keep(RunningCommand.start(exit.addresses(), "connect", "--listen", "0"))
                .addresses();
    }

    private <T extends AutoCloseable> T keep(T closeable) {
        toClose.add(closeable);
        return closeable;
    }

    /** One connection through the tunnel, over which a byte has gone each way. */
    private Ends open(List<String> entry) throws Exception {
        HostPort address = HostPort.parse(entry.get(0));
        Socket client = keep(new Socket(address.host(), address.port()));
        client.getOutputStream().write('?');
        Socket accepted = keep(target.accept());
        client.setSoTimeout(TIME_LIMIT_MILLIS);
        accepted.setSoTimeout(TIME_LIMIT_MILLIS);
        assertThat(accepted.getInputStream().read()).isEqualTo('?');
        accepted.getOutputStream().write('!');
        assertThat(client.getInputStream().read()).isEqualTo('!');
        return new Ends(client, accepted);
    }

    /** Begins to move bytes, if any; what it returns fails when they can no longer be written. */
    private CompletableFuture<?> begin(Transfer transfer, Ends ends) throws IOException {
        if (transfer == Transfer.NONE) {
            return CompletableFuture.failedFuture(new IOException("nobody writes"));
        }
        boolean down = transfer == Transfer.DOWNLOAD;
        CompletableFuture<?> writing = writeForever(down ? ends.target() : ends.client());
        (down ? ends.client() : ends.target()).getInputStream().skipNBytes(BYTES_BEFORE_CUT);
        return writing;
    }

    private CompletableFuture<?> writeForever(Socket socket) {
        return run(() -> {
            byte[] chunk = new byte[64 * 1024];
            while (true) {
                socket.getOutputStream().write(chunk);
            }
        });
    }

    /** Something that may fail. */
    private interface Action {
        void run() throws IOException;
    }

    private CompletableFuture<?> run(Action action) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        action.run();
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                },
                threads);
    }

    /** So that its kernel sends a RST. */
    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** An end that writes learns of it by that; Linux tells of a reset once, so that who reads besides may not. */
    private static void assertCut(Socket end, CompletableFuture<?> writing, boolean writes) {
        assertThat(writing).failsWithin(RunningCommand.TIME_LIMIT);
        if (!writes) {
            assertReset(end);
        }
    }

    private static void assertReset(Socket end) {
        assertThat(CompletableFuture.supplyAsync(() -> endOf(end)))
                .succeedsWithin(RunningCommand.TIME_LIMIT)
                .asString()
                .contains("Connection reset");
    }

    private static String endOf(Socket end) {
        byte[] buffer = new byte[64 * 1024];
        try {
            long bytes = 0;
            for (int count = 0; count >= 0; count = end.getInputStream().read(buffer)) {
                bytes += count;
            }
            return "a clean end after " + bytes + " bytes";
        } catch (SocketException e) {
            return e.getMessage();
        } catch (IOException e) {
            return e.toString();
        }
    }
}
