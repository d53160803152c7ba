package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** A process that has run out of something says so, once and not without end. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "needs a POSIX shell's limits")
final class ExhaustionTest {
    /** More than one JVM needs for itself, and fewer than there will be connections. */
    private static final int MOST_FILES = 256;

    private final List<Socket> connections = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket connection : connections) {
            connection.close();
        }
    }

    @Test
    void shouldSayWhyNothingIsAcceptedWhenThereAreNoFileDescriptors() throws Exception {
        try (RunningProcess server = RunningProcess.startAfter(
                "ulimit -n " + MOST_FILES, List.of(), "listen", "-v", "--bind", "127.0.0.1", "--echo")) {
            HostPort address = HostPort.parse(server.addresses().get(0));
            for (int i = 0; i < MOST_FILES; i++) {
                connections.add(new Socket(address.host(), address.port()));
            }
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> server.stderr().contains("Too many open files"));
            assertThat(lines(server, "Too many open files"))
                    .isNotEmpty()
                    .first()
                    .asString()
                    .startsWith("multipath: cannot accept connections at /127.0.0.1:");
            close();

            try (RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
                client.sendAll(new byte[] {'x'});
                assertThat(client.output().readAllBytes()).containsExactly('x');
                assertThat(client.exitCode()).isZero();
            }
            // One at the most each ten seconds.
            assertThat(lines(server, "Too many open files")).hasSizeLessThan(10);
        }
    }

    @Test
    void shouldSayWhyAConnectionIsLostWhenThereIsNoDirectMemory() throws Exception {
        try (RunningProcess server = RunningProcess.startAfter(
                "true", List.of("-XX:MaxDirectMemorySize=1m"), "listen", "--bind", "127.0.0.1", "--echo")) {
            for (int i = 0; i < 5; i++) {
                try (RunningCommand client = RunningCommand.start(server.addresses(), "connect")) {
                    client.sendAll(new byte[] {'x'});
                    assertThat(client.exitCode()).isEqualTo(1);
                }
            }
            assertThat(server.isRunning()).isTrue();
            assertThat(lines(server, "has run out of something"))
                    .isNotEmpty()
                    .hasSizeLessThan(5)
                    .first()
                    .asString()
                    .containsPattern("direct (buffer )?memory");
        }
    }

    @Test
    void shouldFailInOneLineWhenAClientHasNoDirectMemory() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--bind", "127.0.0.1", "--echo");
                RunningProcess client = RunningProcess.startAfter(
                        "true",
                        List.of("-XX:MaxDirectMemorySize=1m"),
                        "connect",
                        server.addresses().get(0))) {
            client.input().close();

            assertThat(client.exitCode()).isEqualTo(1);
            assertThat(lines(client, "memory")).as(client.stderr()).isNotEmpty();
        }
    }

    private static List<String> lines(RunningProcess process, String word) {
        return process.stderr().lines().filter(line -> line.contains(word)).toList();
    }
}
