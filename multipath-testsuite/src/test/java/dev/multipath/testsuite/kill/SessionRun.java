package dev.multipath.testsuite.kill;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathHistory;
import dev.multipath.transport.SubflowTransport;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** One session: its server, relays, client, and whatever else the client's attempts have made the server open. */
final class SessionRun {

    /** A server goes on, and a client whose last word may be lost finds it; only then its paths are gone. */
    private static final long STAY_MILLIS = 5000;

    private final Plan plan;
    private final Limits limits;
    private final Machine machine;
    private final Consumer<Kill> onKilled;
    private final long startNanos = System.nanoTime();
    private final CompletableFuture<SessionRun> over = new CompletableFuture<>();
    private final List<Relay> relays = new ArrayList<>();
    private final List<End> servers = new CopyOnWriteArrayList<>();
    private final Queue<Kill> killed = new ConcurrentLinkedQueue<>();
    private final Set<Kill.Phase> reached = EnumSet.noneOf(Kill.Phase.class);
    private final List<String> pathChanges = new CopyOnWriteArrayList<>();

    private Server server;
    private End client;
    private volatile Throwable connectFailure;
    private volatile boolean connectedBeforeKills;
    private volatile String hang;

    /** The client and the server that it talked to are done: nobody else is needed. */
    private volatile boolean finishing;

    SessionRun(Plan plan, Machine machine, Consumer<Kill> onKilled) {
        this.plan = plan;
        this.machine = machine;
        this.onKilled = onKilled;
        limits = Limits.of(plan);
    }

    /** Completes when all is over, by itself or as it took too long. */
    CompletableFuture<SessionRun> start() {
        server = Server.start(plan, limits, machine, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                addServer(channel);
            }
        });
        for (int i = 0; i < plan.allPaths(); i++) {
            InetSocketAddress target = server.addresses().get(i % plan.listeners());
            relays.add(new Relay(
                    machine.relays(), i, machine.host(), target, plan.kills(), this::isArmed, this::onKilled));
        }
        connect();
        Future<?> hangTimer = GlobalEventExecutor.INSTANCE.schedule(
                this::onHang, limits.hang().toMillis(), TimeUnit.MILLISECONDS);
        return over.whenComplete((run, failure) -> hangTimer.cancel(false));
    }

    private End newEnd(Channel channel, Direction whose) {
        machine.trackSession(channel);
        return new End(plan, whose, limits, startNanos, this::onPhase, this::check);
    }

    private void addServer(Channel channel) {
        End end = newEnd(channel, Direction.DOWN);
        servers.add(end);
        channel.pipeline().addLast(end);
        if (finishing) {
            end.abort(Plan.UNUSED_CODE);
        }
    }

    private Path path(int number) {
        return Path.of("p" + number, relays.get(number).address());
    }

    private void connect() {
        List<Path> paths = new ArrayList<>();
        for (int i = 0; i < plan.paths(); i++) {
            paths.add(path(i));
        }
        SubflowTransport transport = machine.tracked(SubflowTransport.ofEventLoop());
        if (plan.tls() != Plan.Tls.NONE) {
            transport = transport.withTls(machine.tls().client(plan.tls()));
        }
        Bootstrap bootstrap = new Bootstrap()
                .group(machine.group(plan.clientEpoll()))
                .channel(MultipathChannel.class)
                .option(MultipathChannelOption.SUBFLOW_TRANSPORT, transport)
                .option(MultipathChannelOption.HANDSHAKE_TIMEOUT, Limits.HANDSHAKE)
                .option(MultipathChannelOption.PATH_HISTORY, new PathHistory())
                .option(MultipathChannelOption.MAX_REDIAL_DELAY, Limits.MAX_REDIAL_DELAY)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        limits.attempt().toMillis())
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        client = newEnd(channel, Direction.UP);
                        channel.pipeline().addLast(client);
                    }
                });
        machine.sessionOptions(plan, plan.client(), limits).forEach((option, value) -> set(bootstrap, option, value));
        bootstrap.connect(MultipathAddress.of(paths)).addListener((ChannelFuture connected) -> {
            if (connected.isSuccess()) {
                onConnected((MultipathChannel) connected.channel());
            } else {
                connectFailure = connected.cause();
                connected.channel().close();
                check();
            }
        });
    }

    @SuppressWarnings("unchecked")
    private static void set(Bootstrap bootstrap, ChannelOption<?> option, Object value) {
        bootstrap.option((ChannelOption<Object>) option, value);
    }

    private void onConnected(MultipathChannel channel) {
        connectedBeforeKills = killed.isEmpty();
        onPhase(client, Kill.Phase.CONNECTED);
        for (Plan.PathChange change : plan.changes()) {
            channel.eventLoop().schedule(() -> apply(change, channel), change.millis(), TimeUnit.MILLISECONDS);
        }
    }

    private void apply(Plan.PathChange change, MultipathChannel channel) {
        if (change.kind() == Plan.PathChange.Kind.REMOVE && !isArmed()) {
            return;
        }
        Path path = path(change.path());
        ChannelFuture done =
                switch (change.kind()) {
                    case ADD -> channel.addPath(path);
                    case REMOVE -> channel.removePath(path);
                    case BACKUP -> channel.setBackup(path, true);
                    case NO_BACKUP -> channel.setBackup(path, false);
                };
        client.record().tell(change + " asked for");
        done.addListener(f -> {
            client.record().tell(change + " " + (f.isSuccess() ? "done" : f.cause()));
            pathChanges.add(change.kind() + (f.isSuccess() ? "" : " refused"));
        });
    }

    // ---- on the way

    private synchronized void onPhase(End end, Kill.Phase phase) {
        if (reached.add(phase)) {
            relays.forEach(relay -> relay.onPhase(phase));
        }
    }

    private void onKilled(Kill kill) {
        killed.add(kill);
        onKilled.accept(kill);
    }

    /** In the base profile a session whose only subflow is lost is over: the safe path must be in it. */
    private boolean isArmed() {
        if (plan.extended() || plan.fate() != Plan.Fate.SAFE) {
            return true;
        }
        End main = client == null ? null : server();
        return main != null
                && !connections(main, main.peerPorts(), client.ownPorts(), 0).isEmpty();
    }

    /** The relayed connections, of one path or all, between subflows that both ends know. */
    private List<RelayedConnection> connections(
            End main, Set<Integer> serverPeerPorts, Set<Integer> clientPorts, int path) {
        return relays.get(path).connections().stream()
                .filter(connection -> serverPeerPorts.contains(connection.serverSidePort())
                        && clientPorts.contains(connection.clientPort()))
                .toList();
    }

    /** The server's end of the session that the client has; {@code null} if there is none. */
    End server() {
        for (End end : servers) {
            for (int path = 0; path < relays.size(); path++) {
                if (!connections(end, end.peerPorts(), client.ownPorts(), path).isEmpty()) {
                    return end;
                }
            }
        }
        return null;
    }

    // ---- the end

    private synchronized void check() {
        if (client == null || !client.isOver()) {
            return;
        }
        End main = connectFailure == null ? server() : null;
        if (main != null && !main.isOver()) {
            return;
        }
        if (!finishing) {
            finishing = true;
            GlobalEventExecutor.INSTANCE.schedule(this::closeWays, STAY_MILLIS, TimeUnit.MILLISECONDS);
            servers.forEach(end -> {
                if (!end.isOver()) {
                    end.channel().eventLoop().execute(() -> end.abort(Plan.UNUSED_CODE));
                }
            });
        }
        if (servers.stream().allMatch(End::isOver)) {
            over.complete(this);
        }
    }

    private void closeWays() {
        server.close();
        relays.forEach(Relay::close);
    }

    private void onHang() {
        if (over.isDone()) {
            return;
        }
        StringBuilder text = new StringBuilder("after " + limits.hang());
        ends().forEach(end -> {
            if (!end.isOver()) {
                text.append(", ")
                        .append(end.whose() == Direction.UP ? "the client" : "a server")
                        .append(" is still there");
                end.state().forEach(line -> text.append("\n    ").append(line));
            }
        });
        hang = text.toString();
        // What is left to fail is only the count of what is open.
        ends().forEach(end -> end.channel().eventLoop().execute(() -> end.abort(Plan.UNUSED_CODE)));
        closeWays();
        over.complete(this);
    }

    private List<End> ends() {
        List<End> ends = new ArrayList<>(servers);
        ends.add(0, client);
        return ends;
    }

    // ---- for the verdict

    Plan plan() {
        return plan;
    }

    End client() {
        return client;
    }

    /** The server's ends of sessions that no client has: of attempts that were given up. */
    List<End> unused() {
        End main = connectFailure == null ? server() : null;
        return servers.stream().filter(end -> end != main).toList();
    }

    Throwable connectFailure() {
        return connectFailure;
    }

    /** All kills that have hit anything. */
    Queue<Kill> killed() {
        return killed;
    }

    boolean hasConnectedBeforeKills() {
        return connectedBeforeKills;
    }

    List<String> pathChanges() {
        return pathChanges;
    }

    /** What hung, or {@code null}. */
    String hang() {
        return hang;
    }

    int acceptorSessions() {
        return server.sessionCount();
    }

    /** Whether a relay has made an end believe that the other one has closed a connection in order. */
    boolean isEndForgedTo(Direction whose) {
        return relays.stream()
                .flatMap(relay -> relay.connections().stream())
                .anyMatch(connection -> connection.isEndForgedTo(whose));
    }

    /** Whether the safe path was in the session, to both ends, when this end broke it off. */
    boolean hadSafePathAtAbort(End end) {
        End main = server();
        if (plan.fate() != Plan.Fate.SAFE || main == null) {
            return false;
        }
        Set<Integer> atAbort = end.portsAtAbort();
        return end.whose() == Direction.UP
                ? !connections(main, main.peerPorts(), atAbort, 0).isEmpty()
                : !connections(main, atAbort, client.ownPorts(), 0).isEmpty();
    }

    /** Everything, for people. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(
                plan + "\n  connect " + connectFailure + "\n  server's ports " + server.addresses() + "\n");
        relays.forEach(relay -> text.append("  ").append(relay));
        ends().forEach(end -> text.append("  ")
                .append(end == server() ? "" : "")
                .append(end.record())
                .append('\n'));
        return text.toString();
    }
}
