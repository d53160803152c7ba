package dev.multipath.testsuite.kill;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** One connection of a client, carried on to the server, and what is done to it. On the relays' loop, but for its text. */
final class RelayedConnection {

    private final Relay relay;
    private final int number;
    private final RelayLoop loop;
    private final SocketChannel client;
    private final SocketChannel server;
    private final Flow up;
    private final Flow down;
    private final int clientPort;
    private volatile int serverSidePort;
    private final StringBuffer story = new StringBuffer();

    private SelectionKey clientKey;
    private SelectionKey serverKey;

    /** Whether an end has seen the other's end in order, which it did not make. */
    private volatile boolean endForgedToClient;

    private volatile boolean endForgedToServer;

    RelayedConnection(Relay relay, int number, RelayLoop loop, SocketChannel client) throws IOException {
        this.relay = relay;
        this.number = number;
        this.loop = loop;
        this.client = client;
        server = SocketChannel.open();
        clientPort = port(client.getRemoteAddress());
        up = new Flow(this, client, server);
        down = new Flow(this, server, client);
    }

    private static int port(SocketAddress address) {
        return ((InetSocketAddress) address).getPort();
    }

    void start(InetSocketAddress target, List<Kill> kills) {
        for (Kill kill : kills) {
            (((Kill.AtByte) kill.trigger()).direction() == Direction.UP ? up : down).add(kill);
        }
        try {
            Relay.small(client);
            Relay.small(server);
            clientKey = loop.register(client, 0, this::pump);
            serverKey = loop.register(server, SelectionKey.OP_CONNECT, this::pump);
            server.connect(target);
        } catch (IOException e) {
            onEndGone(e);
        }
        pump();
    }

    int clientPort() {
        return clientPort;
    }

    /** From which the server's end sees the client's come. */
    int serverSidePort() {
        return serverSidePort;
    }

    boolean isEndForgedTo(Direction whose) {
        return whose == Direction.UP ? endForgedToClient : endForgedToServer;
    }

    /** Whether it still carries anything. */
    boolean isOpen() {
        return client.isOpen() && server.isOpen();
    }

    void schedule(long millis, Runnable task) {
        loop.schedule(millis, () -> {
            task.run();
            pump();
        });
    }

    void pump() {
        try {
            if (isOpen()) {
                if (serverSidePort == 0 && !finishConnect()) {
                    return;
                }
                up.pump();
                down.pump();
            }
            updateInterest();
        } catch (IOException e) {
            onEndGone(e);
        }
    }

    private boolean finishConnect() throws IOException {
        boolean connected = server.finishConnect();
        if (connected) {
            serverSidePort = port(server.getLocalAddress());
        }
        return connected;
    }

    /** What one end has done to its connection, the other sees too. */
    private void onEndGone(IOException cause) {
        tell("an end reset it: " + cause.getMessage());
        reset(client);
        reset(server);
    }

    private void updateInterest() {
        if (!isOpen()) {
            // An end whose other one is gone sees nothing of it.
            deafen(client, clientKey);
            deafen(server, serverKey);
        } else if (up.hasEnded() && down.hasEnded() && up.isEndPassed() && down.isEndPassed()) {
            close();
        } else {
            clientKey.interestOps(ops(up.wantsRead(), down.wantsWrite()));
            serverKey.interestOps(ops(down.wantsRead(), up.wantsWrite()));
        }
    }

    private static void deafen(SocketChannel channel, SelectionKey key) {
        if (channel.isOpen() && key != null) {
            key.interestOps(0);
        }
    }

    private static int ops(boolean read, boolean write) {
        return (read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0);
    }

    /** Its time has come, by the bytes that have passed here. */
    void onDue(Kill kill) {
        relay.hit(kill, kill.kind().isOfPath() ? relay.connections() : List.of(this));
    }

    /** Does it, if there is anything left to do it to; says whether there was. */
    boolean apply(Kill kill) {
        if (!isOpen()) {
            return false;
        }
        tell(kill.kind() + (kill.isForEver() ? " for ever" : " " + kill.millis() + " ms"));
        try {
            apply(kill.kind(), kill);
        } catch (IOException e) {
            tell("was gone: " + e.getMessage());
        }
        return true;
    }

    private void apply(Kill.Kind kind, Kill kill) throws IOException {
        switch (kind) {
            case RESET_BOTH, REFUSE -> {
                reset(client);
                reset(server);
            }
            case RESET_CLIENT -> reset(client);
            case RESET_SERVER -> reset(server);
            case FIN_BOTH -> {
                forgeEndToClient();
                forgeEndToServer();
            }
            case FIN_TO_CLIENT -> forgeEndToClient();
            case FIN_TO_SERVER -> forgeEndToServer();
            case HOLD_UP -> hold(kill, up);
            case HOLD_DOWN -> hold(kill, down);
            case HOLD_BOTH, PAUSE, SILENCE -> hold(kill, up, down);
            case HOLD_THEN_RESET -> breakLater(kill, Kill.Kind.RESET_BOTH);
            case HOLD_THEN_FIN -> breakLater(kill, Kill.Kind.FIN_BOTH);
            case DRIBBLE -> {
                long untilNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(kill.millis());
                up.dribbleUntil(untilNanos);
                down.dribbleUntil(untilNanos);
            }
        }
    }

    private void breakLater(Kill kill, Kill.Kind kind) {
        up.hold();
        down.hold();
        schedule(kill.millis(), () -> {
            try {
                tell(kind + " after the hold");
                up.release();
                down.release();
                apply(kind, kill);
            } catch (IOException e) {
                tell("was gone: " + e.getMessage());
            }
        });
    }

    private void hold(Kill kill, Flow... flows) {
        for (Flow flow : flows) {
            flow.hold();
        }
        if (!kill.isForEver()) {
            schedule(kill.millis(), () -> {
                tell("goes on");
                for (Flow flow : flows) {
                    flow.release();
                }
            });
        }
    }

    private void forgeEndToClient() throws IOException {
        endForgedToClient = true;
        down.end();
    }

    private void forgeEndToServer() throws IOException {
        endForgedToServer = true;
        up.end();
    }

    private void reset(SocketChannel channel) {
        try {
            if (channel.isOpen()) {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                channel.close();
            }
        } catch (IOException e) {
            tell("could not be reset: " + e);
        }
    }

    /** Whatever is left: the session is over. */
    void close() {
        try {
            client.close();
            server.close();
        } catch (IOException e) {
            tell("could not be closed: " + e);
        }
    }

    private void tell(String what) {
        story.append("; ")
                .append(relay.elapsedMillis())
                .append(" ms (up ")
                .append(up.passedBytes())
                .append(", down ")
                .append(down.passedBytes())
                .append("): ")
                .append(what);
    }

    @Override
    public String toString() {
        return "connection " + number + " from port " + clientPort + ", to the server from port " + serverSidePort
                + ", passed up " + up.passedBytes() + " down " + down.passedBytes() + story;
    }
}
