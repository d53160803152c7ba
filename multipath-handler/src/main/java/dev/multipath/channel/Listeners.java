package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.SubflowSetup;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseCombiner;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

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
    MultipathAddress address() {
        return MultipathAddress.of(listeners.stream().map(Listener::path).toList());
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
            ThriftyReads.install(connection, config.get(MultipathChannelOption.MEMORY_BUDGET));
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
