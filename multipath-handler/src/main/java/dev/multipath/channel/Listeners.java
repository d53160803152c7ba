package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowSetup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The listening channels of a server channel, one a path. On the server channel's event loop, on which they live too.
 *
 * <p>They come and go while the server runs. One that is removed takes its announcement back and closes the subflows
 * that came over it (PATH CLOSE {@code REMOVED}, so that clients do not dial it again); but a session keeps such a
 * subflow until another one delivers, as the connection works and the session would die of its end. A client that
 * hears that an address is withdrawn does the same: {@link SessionLinks#withdraw}.
 */
final class Listeners {

    /**
     * One that is bound.
     *
     * @param asked the path as the application named it
     * @param path the same with the port that was chosen
     */
    private record Listener(Channel channel, Path asked, Path path) {}

    /** The least after which a loop has looked for input once more. */
    private static final long LAST_ACCEPTS_MILLIS = 1;

    private final EventLoop eventLoop;
    private final MultipathChannelConfig config;
    private final SessionHost host;
    private final List<Listener> listeners = new ArrayList<>();
    private boolean closed;

    Listeners(EventLoop eventLoop, MultipathChannelConfig config, SessionHost host) {
        this.eventLoop = eventLoop;
        this.config = config;
        this.host = host;
    }

    /** Where it is listened. */
    List<Path> paths() {
        return listeners.stream().map(Listener::path).toList();
    }

    /** Whether a connection was accepted by one that is still there. */
    boolean isOver(SubflowConnection connection) {
        return listeners.stream().anyMatch(listener -> connection.isOver(listener.channel()));
    }

    // ---- binding

    /**
     * Listens on all of them, one after the other; or on none.
     *
     * @param whenDone is told why it failed, or {@code null}
     */
    void bindAll(List<Path> paths, Consumer<Throwable> whenDone) {
        bindNext(paths.iterator(), whenDone);
    }

    private void bindNext(Iterator<Path> paths, Consumer<Throwable> whenDone) {
        if (!paths.hasNext()) {
            whenDone.accept(null);
            return;
        }
        bind(paths.next(), cause -> {
            if (cause == null) {
                bindNext(paths, whenDone);
            } else {
                // A failure leaves nothing half done behind it.
                closeAll().addListener(closed -> whenDone.accept(cause));
            }
        });
    }

    /**
     * Listens on one more.
     *
     * @param whenDone is told why it failed, or {@code null}
     */
    void bind(Path path, Consumer<Throwable> whenDone) {
        Future<Channel> binding;
        try {
            binding = host.transport().listen(eventLoop, path.remote(), setup());
        } catch (RuntimeException e) {
            whenDone.accept(e);
            return;
        }
        binding.addListener(f -> OwnerLoop.run(eventLoop, () -> onBound(binding, path, whenDone)));
    }

    private void onBound(Future<Channel> binding, Path asked, Consumer<Throwable> whenDone) {
        if (!binding.isSuccess()) {
            whenDone.accept(binding.cause());
            return;
        }
        Channel channel = binding.getNow();
        if (closed) {
            channel.close();
            whenDone.accept(new ClosedChannelException());
            return;
        }
        if (channel.config().getRecvByteBufAllocator() instanceof ServerChannelRecvByteBufAllocator itsOwn) {
            // Else epoll accepts one in a turn of the loop, as it takes its descriptor for a number of bytes that ends
            // the reading.
            itsOwn.respectMaybeMoreData(false);
        }
        SocketAddress actual = channel.localAddress();
        channel.pipeline().addLast(new AcceptRelief(host.sessions().admission()), Exhaustion.ofListener());
        // A path that is only named after the address gets the name of the port that was chosen.
        String label = asked.label().startsWith(asked.remote().toString()) ? actual.toString() : asked.label();
        listeners.add(new Listener(channel, asked, withUniqueLabel(Path.of(label, actual))));
        whenDone.accept(null);
    }

    /** As it stands in an address, beside those that there are. */
    private Path withUniqueLabel(Path path) {
        List<Path> paths = new ArrayList<>();
        listeners.forEach(listener -> paths.add(listener.path()));
        paths.add(path);
        return MultipathAddress.of(paths).paths().get(paths.size() - 1);
    }

    private SubflowSetup setup() {
        return new SubflowSetup(config.subflowOptions(), connection -> {
            MemoryBudget budget = config.get(MultipathChannelOption.MEMORY_BUDGET);
            ThriftyReads.install(connection, budget);
            SubflowConnection accepted = new SubflowConnection(connection, host.transport());
            if (accepted.resources().restingBytes() > 0) {
                accepted.resources().holder().pipeline().addLast(new TransportClaim(budget, accepted));
            }
            connection
                    .pipeline()
                    .addLast(
                            new MultipathFrameEncoder(),
                            new MultipathFrameDecoder().holdData(),
                            new ServerHandshakeHandler(host));
        });
    }

    /** Sets an option on those that there are. */
    void setOption(ChannelOption<?> option, Object value) {
        listeners.forEach(listener -> MultipathChannelConfig.setSubflowOption(listener.channel(), option, value));
    }

    // ---- closing

    /**
     * Closes those that do not stay, when they have accepted all that the kernel has for them: it would reset what waits. What
     * comes between the last look and the close is lost all the same; on Linux, {@code net.ipv4.tcp_migrate_req} gives that to
     * others at the same port.
     *
     * @param whenClosed is called then
     */
    void closeUnless(Predicate<Path> stays, Runnable whenClosed) {
        List<Listener> leaving = listeners.stream()
                .filter(listener -> !stays.test(listener.path()))
                .toList();
        leaving.forEach(listener -> acceptAll(listener.channel()));
        eventLoop.schedule(
                () -> {
                    listeners.removeAll(leaving);
                    PromiseCombiner closings = new PromiseCombiner(eventLoop);
                    leaving.forEach(listener ->
                            closings.add((Future<?>) listener.channel().close()));
                    closings.finish(eventLoop.<Void>newPromise().addListener(f -> whenClosed.run()));
                },
                LAST_ACCEPTS_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Netty leaves the rest for the loop's next turn else. */
    private static void acceptAll(Channel listener) {
        RecvByteBufAllocator allocator = listener.config().getRecvByteBufAllocator();
        if (allocator instanceof MaxMessagesRecvByteBufAllocator limited) {
            limited.maxMessagesPerRead(Integer.MAX_VALUE);
        }
    }

    /**
     * No longer listens on a path, as it was asked for or as {@link #address()} has it.
     *
     * @return the listening channel, which closes: what came over it is known by its parent
     * @throws IllegalArgumentException if there is no such path, or no other
     */
    Channel remove(Path path) {
        // Several may have been asked for as port 0: the last of them.
        Listener found = find(Listener::path, path)
                .or(() -> find(Listener::asked, path))
                .orElseThrow(() -> new IllegalArgumentException("there is no path " + path.label()));
        if (listeners.size() == 1) {
            throw new IllegalArgumentException(
                    "path " + path.label() + " is the only one; close() ends a server channel");
        }
        listeners.remove(found);
        found.channel().close();
        return found.channel();
    }

    private Optional<Listener> find(Function<Listener, Path> name, Path path) {
        return listeners.stream()
                .filter(listener -> name.apply(listener).equals(path))
                .reduce((one, later) -> later);
    }

    /**
     * Those that are being bound close as soon as they are.
     *
     * @return done when the addresses of the others are free; on io_uring this takes a while
     */
    Future<Void> close() {
        closed = true;
        return closeAll();
    }

    private Future<Void> closeAll() {
        PromiseCombiner closings = new PromiseCombiner(eventLoop);
        listeners.forEach(
                listener -> closings.add((Future<?>) listener.channel().close()));
        listeners.clear();
        Promise<Void> allClosed = eventLoop.newPromise();
        closings.finish(allClosed);
        return allClosed;
    }
}
