package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** An HAProxy with one of the configurations in {@code docs}. */
final class Haproxy implements AutoCloseable {
    private final Process process;
    private final List<InetSocketAddress> addresses;

    private Haproxy(Process process, List<InetSocketAddress> addresses) {
        this.process = process;
        this.addresses = addresses;
    }

    /** Skips the test where there is no HAProxy, unless {@code MULTIPATH_REQUIRE_HAPROXY=1} wants it run. */
    static void assumeInstalled() {
        boolean installed = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "haproxy")));
        if (!"1".equals(System.getenv("MULTIPATH_REQUIRE_HAPROXY"))) {
            assumeTrue(installed, "no haproxy on the PATH");
        }
        assertThat(installed).as("haproxy on the PATH").isTrue();
    }

    /**
     * Starts one, and waits until it listens.
     *
     * @param configuration a file in {@code docs}
     * @param environment what the file leaves open, but for its own address
     */
    static Haproxy start(String configuration, Map<String, String> environment) throws IOException {
        return start(configuration, environment, freeAddresses(1));
    }

    /** As that, with these for its own addresses. */
    static Haproxy start(String configuration, Map<String, String> environment, List<InetSocketAddress> addresses)
            throws IOException {
        ProcessBuilder builder = new ProcessBuilder("haproxy", "-db", "-f", "../docs/" + configuration);
        builder.environment().putAll(environment);
        builder.environment()
                .put(
                        "MULTIPATH_BIND",
                        addresses.stream()
                                .map(address -> address.getHostString() + ":" + address.getPort())
                                .collect(Collectors.joining(",")));
        Process process = builder.redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT)
                .start();
        Haproxy haproxy = new Haproxy(process, addresses);
        await().atMost(RunningCommand.TIME_LIMIT).until(() -> !process.isAlive() || haproxy.listens());
        assertThat(process.isAlive()).isTrue();
        return haproxy;
    }

    /** So many that differ. */
    static List<InetSocketAddress> freeAddresses(int count) throws IOException {
        List<ServerSocket> sockets = new ArrayList<>();
        List<InetSocketAddress> addresses = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                sockets.add(socket);
                addresses.add(new InetSocketAddress("127.0.0.1", socket.getLocalPort()));
            }
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
        return addresses;
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(address());
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    InetSocketAddress address() {
        return addresses.get(0);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
