package dev.multipath.testsuite.kill;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** One path: takes the client's connections, carries them on, and does to them what the plan says. */
final class Relay {

    /** So that what is on the way is in the relay's hands, and not in the kernel's. */
    private static final int SOCKET_BUFFER_BYTES = 32 << 10;

    private final RelayLoop loop;
    private final int path;
    private final InetSocketAddress target;
    private final ServerSocketChannel listener;
    private final InetSocketAddress address;
    private final List<Kill> kills;
    private final BooleanSupplier armed;
    private final Consumer<Kill> onKilled;
    private final long startNanos = System.nanoTime();
    private final List<RelayedConnection> connections = new CopyOnWriteArrayList<>();

    private long silentUntilNanos = System.nanoTime();
    private boolean silentForEver;
    private long refusingUntilNanos = System.nanoTime();
    private boolean refusingForEver;

    /**
     * Listens at once.
     *
     * @param armed whether there may be any kills yet that are not harmless
     * @param onKilled told of each one that has hit something; on the relays' loop
     */
    Relay(
            RelayLoop loop,
            int path,
            InetAddress host,
            InetSocketAddress target,
            List<Kill> kills,
            BooleanSupplier armed,
            Consumer<Kill> onKilled) {
        this.loop = loop;
        this.path = path;
        this.target = target;
        this.kills = kills.stream().filter(kill -> kill.path() == path).toList();
        this.armed = armed;
        this.onKilled = onKilled;
        try {
            listener = ServerSocketChannel.open();
            small(listener);
            listener.bind(new InetSocketAddress(host, 0));
            address = (InetSocketAddress) listener.getLocalAddress();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop.execute(this::start);
    }

    static void small(NetworkChannel channel) throws IOException {
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
        if (channel.supportedOptions().contains(StandardSocketOptions.SO_SNDBUF)) {
            channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
    }

    private void start() {
        try {
            loop.register(listener, SelectionKey.OP_ACCEPT, this::accept);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (Kill kill : kills) {
            if (kill.trigger() instanceof Kill.AtMillis at) {
                loop.schedule(at.millis(), () -> hitAll(kill));
            }
        }
    }

    private void accept() {
        try {
            for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
                accept(client);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept(SocketChannel client) throws IOException {
        int number = connections.size();
        RelayedConnection connection = new RelayedConnection(this, number, loop, client);
        connections.add(connection);
        Kill outage = outage();
        if (outage != null) {
            connection.apply(outage);
        }
        if (connection.isOpen()) {
            connection.start(
                    target,
                    kills.stream()
                            .filter(kill -> kill.trigger() instanceof Kill.AtByte at && at.connection() == number)
                            .sorted(Comparator.comparingLong(kill -> ((Kill.AtByte) kill.trigger()).bytes()))
                            .toList());
        }
    }

    /** What is done to connections that come now. */
    private Kill outage() {
        long nowNanos = System.nanoTime();
        if (refusingForEver || nowNanos - refusingUntilNanos < 0) {
            return new Kill(path, Kill.Kind.REFUSE, null, 0);
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(silentUntilNanos - nowNanos);
        if (silentForEver || leftMillis > 0) {
            return new Kill(path, Kill.Kind.SILENCE, null, silentForEver ? Kill.FOR_EVER : leftMillis);
        }
        return null;
    }

    /** The ends have come so far. Any thread. */
    void onPhase(Kill.Phase phase) {
        loop.execute(() -> {
            for (Kill kill : kills) {
                if (kill.trigger() instanceof Kill.AtPhase at && at.phase() == phase) {
                    loop.schedule(at.millis(), () -> hitAll(kill));
                }
            }
        });
    }

    /** Does it to some connections, and to those that are yet to come if that is its kind. */
    void hit(Kill kill, List<RelayedConnection> some) {
        if (!kill.kind().isHarmless() && !armed.getAsBoolean()) {
            return;
        }
        boolean hit = kill.kind().isOfPath();
        if (hit) {
            begin(kill);
        }
        for (RelayedConnection connection : some) {
            hit |= connection.apply(kill);
        }
        if (hit) {
            onKilled.accept(kill);
        }
    }

    private void hitAll(Kill kill) {
        hit(kill, connections);
        connections.forEach(RelayedConnection::pump);
    }

    private void begin(Kill kill) {
        long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, kill.millis()));
        if (kill.kind() == Kill.Kind.SILENCE) {
            silentForEver |= kill.isForEver();
            silentUntilNanos = untilNanos;
        } else {
            refusingForEver |= kill.isForEver();
            refusingUntilNanos = untilNanos;
        }
    }

    long elapsedMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** Where the client finds the path. */
    InetSocketAddress address() {
        return address;
    }

    /** All that there ever were. Any thread. */
    List<RelayedConnection> connections() {
        return connections;
    }

    /** Any thread. */
    void close() {
        loop.execute(() -> {
            try {
                listener.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            connections.forEach(RelayedConnection::close);
        });
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                "path " + path + " at port " + address.getPort() + ", to the server's port " + target.getPort() + "\n");
        connections.forEach(connection -> text.append("    ").append(connection).append('\n'));
        return text.toString();
    }
}
