package dev.multipath.testsuite.attack;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The victims, each a process with little memory: what is held for attackers is soon all there is. */
final class Children implements AutoCloseable {

    private final Scale scale;
    private Child server;
    private Child client;
    private List<InetSocketAddress> serverAddresses;

    Children(Scale scale) throws Exception {
        this.scale = scale;
        start();
    }

    private void start() throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-Xmx256m", "-XX:MaxDirectMemorySize=256m"));
        if (scale == Scale.SHORT) {
            // Thousands of suspended sessions need not be waited for, one attack after the other.
            arguments.add("-Dattack.resumptionMillis=15000");
            // They live for a minute, in which the second compiler and a collector of many threads cost more than they
            // save.
            arguments.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        }
        server = Child.start(ServerProcess.class, arguments);
        String[] ports = server.ready().text("ports").split(",");
        serverAddresses = Stream.of(ports)
                .map(port -> new InetSocketAddress(Arena.HOME, Integer.parseInt(port)))
                .toList();
        client = Child.start(ClientProcess.class, arguments, ports);
        // Until everything has been used once.
        client.ask("end " + Judge.HONEST_LIMIT_MILLIS);
    }

    /** After an attack that has hit: the next victim is a new one. */
    void restart() throws Exception {
        close();
        start();
    }

    Scale scale() {
        return scale;
    }

    Child server() {
        return server;
    }

    Child client() {
        return client;
    }

    List<InetSocketAddress> serverAddresses() {
        return serverAddresses;
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }
}
