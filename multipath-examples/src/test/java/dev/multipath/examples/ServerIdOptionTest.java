package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of sessions that carry a server id, as a load balancer sees them. */
final class ServerIdOptionTest {

    @Test
    void shouldPutTheServerIdIntoTheNamesOfSessions() throws Exception {
        try (RunningCommand server =
                RunningCommand.start("listen", "--bind", "127.0.0.1", "--echo", "--server-id", "2a01")) {
            assertThat(nameOfASession(server)).asString().startsWith("2a01");
        }
    }

    @Test
    void shouldMaskItByAKey(@TempDir Path directory) throws Exception {
        byte[] key = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
        Path file =
                Files.writeString(directory.resolve("key"), Base64.getEncoder().encodeToString(key) + "\n");
        try (RunningCommand server = RunningCommand.start(
                "listen", "--bind", "127.0.0.1", "--echo", "--server-id", "2a01", "--server-id-key", file.toString())) {
            ConnectionId name = nameOfASession(server);

            assertThat(ServerIdEncoding.masked(OpaqueBytes.of(key)).read(name, 2))
                    .isEqualTo(ServerId.parse("2a01"));
        }
    }

    @Test
    void shouldRefuseAKeyWithNothingToMask(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(
                directory.resolve("key"), Base64.getEncoder().encodeToString(new byte[ServerIdEncoding.MIN_KEY_BYTES]));
        try (RunningCommand server =
                RunningCommand.start("listen", "--bind", "127.0.0.1", "--echo", "--server-id-key", file.toString())) {
            assertThat(server.exitCode()).isEqualTo(2);
            assertThat(server.stderr())
                    .contains("--server-id-key masks what --server-id gives")
                    .hasLineCount(1);
        }
    }

    private static ConnectionId nameOfASession(RunningCommand server) throws IOException {
        HostPort address = HostPort.parse(server.addresses().get(0));
        try (Socket socket = new Socket(address.host(), address.port())) {
            socket.getOutputStream().write(new byte[1 + ConnectionId.LENGTH]);
            DataInputStream answer = new DataInputStream(socket.getInputStream());
            assertThat(answer.readByte()).isZero();
            return new ConnectionId(answer.readLong(), answer.readLong());
        }
    }
}
