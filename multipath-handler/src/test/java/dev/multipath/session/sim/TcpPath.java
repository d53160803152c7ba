package dev.multipath.session.sim;

import dev.multipath.codec.Frame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.Preface;
import dev.multipath.session.Deadline;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.Subflow;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A path of modelled TCP connections, and what a client's path manager does for it: it dials at once when a subflow is in
 * trouble, and anew in the path manager's own intervals until one delivers. An attempt gets through if the path is up when its packets pass.
 */
final class TcpPath {

    private static final long REDIAL_NANOS = 250_000_000L;

    /** While no path delivers. */
    private static final long URGENT_REDIAL_NANOS = 100_000_000L;

    private static final long ATTEMPT_TIMEOUT_NANOS = 3_000_000_000L;
    private static final int MAX_ATTEMPTS = 4;

    /** Who may dial asks for a session, if nobody else does yet. */
    interface Greeter {
        /** Null: it has to wait, and is called when the wait is over. */
        JoinOffer offer(Runnable whenOver);
    }

    final int index;
    final PathSpec spec;
    final TcpLink toServer;
    final TcpLink toClient;
    private final EventQueue clock;
    private final TcpControl.Kind control;
    private final TcpEndpoint client;
    private final TcpEndpoint server;
    private final Greeter greeter;
    private final List<Connection> connections = new ArrayList<>();
    private final List<Connection> all = new ArrayList<>();
    private final Rate carriedToServer = new Rate();
    private final Rate carriedToClient = new Rate();
    private boolean dialling;
    private int dials;
    private long establishedAtNanos = Deadline.NONE;

    TcpPath(
            int index,
            PathSpec spec,
            TcpControl.Kind control,
            EventQueue clock,
            SplittableRandom random,
            TcpEndpoint client,
            TcpEndpoint server,
            Greeter greeter) {
        this(
                index,
                spec,
                control,
                clock,
                new TcpLink(clock, spec, spec.rttNanos(), random.split()),
                new TcpLink(clock, spec, spec.rttNanos(), random.split()),
                client,
                server,
                greeter);
    }

    /** Over links that others may use too. */
    TcpPath(
            int index,
            PathSpec spec,
            TcpControl.Kind control,
            EventQueue clock,
            TcpLink toServer,
            TcpLink toClient,
            TcpEndpoint client,
            TcpEndpoint server,
            Greeter greeter) {
        this.index = index;
        this.spec = spec;
        this.control = control;
        this.clock = clock;
        this.client = client;
        this.server = server;
        this.greeter = greeter;
        this.toServer = toServer;
        this.toClient = toClient;
    }

    /** How many bytes of payload came over it, and when. */
    Rate carried(boolean upload) {
        return upload ? carriedToServer : carriedToClient;
    }

    int dials() {
        return dials;
    }

    /** When its first subflow had joined; {@link Deadline#NONE} if none has. */
    long establishedAtNanos() {
        return establishedAtNanos;
    }

    boolean owns(Subflow subflow) {
        return connections.stream().anyMatch(c -> c.clientEnd.subflow == subflow);
    }

    /** Of the subflow that carries the most of what goes that way; null if there is none. */
    TcpSender sender(boolean upload) {
        Connection best = null;
        for (Connection each : connections) {
            if (best == null
                    || each.sender(upload).inFlightBytes() > best.sender(upload).inFlightBytes()) {
                best = each;
            }
        }
        return best == null ? null : best.sender(upload);
    }

    // ---- dialling

    /** Makes sure that there is a subflow that answers. */
    void dial() {
        if (dialling || hasActive()) {
            return;
        }
        dialling = true;
        attempt();
    }

    private void attempt() {
        if (hasActive() || client.isClosed() || client.session.failure() != null) {
            dialling = false;
            return;
        }
        dials++;
        toServer.sendSmall(() -> toClient.sendSmall(this::onConnected));
        boolean urgent = client.isEstablished() && client.delivers() == 0;
        clock.after(urgent ? URGENT_REDIAL_NANOS : REDIAL_NANOS, this::attempt);
    }

    private void onConnected() {
        boolean crowded = connections.stream().filter(c -> !c.established).count() >= MAX_ATTEMPTS;
        if (!crowded && !hasActive() && client.session.failure() == null) {
            Connection connection = new Connection(index + "." + all.size());
            connections.add(connection);
            all.add(connection);
            connection.greet();
        }
    }

    private boolean hasActive() {
        return connections.stream().anyMatch(c -> c.established && TcpEndpoint.delivers(c.clientEnd.subflow));
    }

    void onEstablished(Subflow subflow) {
        establishedAtNanos = Math.min(establishedAtNanos, clock.nowNanos());
        for (Connection each : List.copyOf(connections)) {
            if (each.clientEnd.subflow == subflow) {
                each.established = true;
            }
        }
        for (Connection each : List.copyOf(connections)) {
            if (each.clientEnd.subflow != subflow) {
                each.replace();
            }
        }
    }

    /** The subflow delivers again: no other is wanted. */
    void onDelivers(Subflow subflow) {
        if (owns(subflow)) {
            connections.stream().filter(c -> !c.established).toList().forEach(Connection::give);
        }
    }

    // ---- faults

    void down(boolean data, boolean acks, boolean upload) {
        if (data) {
            (upload ? toServer : toClient).down();
        }
        if (acks) {
            (upload ? toClient : toServer).down();
        }
    }

    void restore() {
        toServer.up();
        toClient.up();
        toServer.rate(spec.bytesPerSecond());
        toClient.rate(spec.bytesPerSecond());
        toServer.delay(spec.rttNanos() / 2);
        toClient.delay(spec.rttNanos() / 2);
    }

    /** All its connections are reset; both ends hear of it within half a round trip. */
    void reset() {
        for (Connection each : List.copyOf(connections)) {
            each.reset();
        }
    }

    /** Lets go of what is still on the way. */
    void discard() {
        for (Connection each : all) {
            each.up.die(true);
            each.down.die(true);
        }
    }

    private final class Connection {

        private final TcpPipe up;
        private final TcpPipe down;
        private final ConnectionEnd clientEnd;
        private final ConnectionEnd serverEnd;
        private long greetedAtNanos;
        private boolean established;
        private boolean over;

        Connection(String name) {
            up = new TcpPipe(clock, toServer, toClient, control.create());
            down = new TcpPipe(clock, toClient, toServer, control.create());
            clientEnd = new ConnectionEnd(name, client, down, up);
            serverEnd = new ConnectionEnd(name, server, up, down);
            clientEnd.route = index;
            serverEnd.route = index;
            clientEnd.onClosed = this::onClientClosed;
            serverEnd.onClosed = this::onServerClosed;
            up.onPayload(bytes -> carriedToServer.add(clock.nowNanos(), bytes));
            down.onPayload(bytes -> carriedToClient.add(clock.nowNanos(), bytes));
        }

        TcpSender sender(boolean upload) {
            return upload ? up.sender() : down.sender();
        }

        void greet() {
            if (over) {
                return;
            }
            if (greetedAtNanos == 0) {
                clock.after(ATTEMPT_TIMEOUT_NANOS + 4 * spec.rttNanos(), () -> {
                    if (!established) {
                        give();
                    }
                });
            }
            JoinOffer offer = greeter.offer(this::greet);
            if (offer == null) {
                return;
            }
            greetedAtNanos = clock.nowNanos();
            clientEnd.offer = offer;
            up.write(Preface.LENGTH, this::onPrefaceAtServer);
            for (Frame frame : offer.frames()) {
                up.write(frame);
            }
        }

        private void onPrefaceAtServer() {
            if (!over) {
                down.write(Preface.LENGTH, this::onPrefaceAtClient);
                serverEnd.join(-1);
            }
        }

        private void onPrefaceAtClient() {
            if (!over) {
                clientEnd.join(clock.nowNanos() - greetedAtNanos);
            }
        }

        /** An attempt that came to nothing. */
        private void give() {
            if (!over) {
                end();
                clientEnd.onBroken();
                kill(serverEnd, 0);
            }
        }

        void replace() {
            if (clientEnd.subflow == null) {
                give();
            } else {
                client.close(clientEnd.subflow, PathCloseFrame.REPLACED);
            }
        }

        void reset() {
            if (!over) {
                end();
                kill(clientEnd, spec.rttNanos() / 4);
                kill(serverEnd, spec.rttNanos() / 4);
            }
        }

        private void kill(ConnectionEnd end, long afterNanos) {
            clock.after(afterNanos, end::onBroken);
        }

        private void onClientClosed() {
            connections.remove(this);
            if (!over) {
                end(down);
            }
        }

        private void onServerClosed() {
            if (!over) {
                end(up);
            }
        }

        /** Who has closed its socket answers data with a reset. */
        private void end(TcpPipe towardsClosed) {
            towardsClosed.die(true);
        }

        private void end() {
            over = true;
            connections.remove(this);
            up.die(false);
            down.die(false);
        }
    }
}
