package dev.multipath.channel;

import dev.multipath.path.LocalAddress;
import dev.multipath.path.LocalInterfaces;
import dev.multipath.path.Path;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the paths of a client's channel in step with the addresses of this host: one from each to each of the server's. A path comes
 * when its interface does, and goes when its address does; those that the channel has for other reasons are left alone. Ends with the
 * channel.
 */
public final class InterfacePaths {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(InterfacePaths.class);

    /** An address is there before its route is: a path that cannot be added is tried again. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final MultipathChannel channel;
    private final Callable<List<LocalAddress>> locals;
    private final List<SocketAddress> remotes;

    /** What the channel has of the mesh, or is about to. On its event loop. */
    private final Set<Path> present = new LinkedHashSet<>();

    private boolean retrying;

    private InterfacePaths(
            MultipathChannel channel, Callable<List<LocalAddress>> locals, List<? extends SocketAddress> remotes) {
        this.channel = channel;
        this.locals = locals;
        this.remotes = List.copyOf(remotes);
    }

    /**
     * Begins, and adds the paths that are missing.
     *
     * @param channel a client's, connected
     * @param locals which of this host's addresses are wanted, such as {@code LocalInterfaces::usable}; asked after each change, on a
     *     thread that may be blocked
     * @param remotes where the server can be reached
     * @return what follows them, until the channel closes
     */
    public static InterfacePaths follow(
            MultipathChannel channel, Callable<List<LocalAddress>> locals, List<? extends SocketAddress> remotes) {
        InterfacePaths paths = new InterfacePaths(channel, locals, remotes);
        paths.begin(LocalInterfaces.onChange(paths::look));
        return paths;
    }

    private void begin(Runnable cancel) {
        channel.closeFuture().addListener(f -> cancel.run());
        channel.eventLoop().execute(() -> {
            List<Path> connected =
                    channel.dialled() == null ? List.of() : channel.dialled().paths();
            present.addAll(connected.stream().filter(this::isOfMesh).toList());
        });
        GlobalEventExecutor.INSTANCE.execute(this::look);
    }

    /** It goes from a local address, to one of the server's: whoever made it. */
    private boolean isOfMesh(Path path) {
        return path.local() != null && remotes.contains(path.remote());
    }

    /** On a thread that may be blocked. */
    void look() {
        List<LocalAddress> now;
        try {
            now = locals.call();
        } catch (Exception e) {
            LOGGER.debug("{}: this host's addresses cannot be told", channel, e);
            return;
        }
        channel.eventLoop().execute(() -> update(now));
    }

    private void update(List<LocalAddress> now) {
        retrying = false;
        if (!channel.isActive()) {
            return;
        }
        List<Path> wanted = new ArrayList<>();
        for (SocketAddress remote : remotes) {
            now.stream()
                    .filter(local -> local.suits(remote))
                    .map(local -> local.to(remote))
                    .forEach(wanted::add);
        }
        for (Path path : List.copyOf(present)) {
            if (wanted.stream().noneMatch(other -> isSameWay(other, path))) {
                present.remove(path);
                channel.removePath(path);
            }
        }
        for (Path path : wanted) {
            if (present.stream().noneMatch(other -> isSameWay(other, path))) {
                add(path);
            }
        }
    }

    private static boolean isSameWay(Path one, Path other) {
        return one.remote().equals(other.remote()) && one.local().equals(other.local());
    }

    private void add(Path path) {
        present.add(path);
        channel.addPath(path).addListener(added -> {
            if (!added.isSuccess()) {
                LOGGER.debug("{} path {} cannot be added", channel, path.label(), added.cause());
                present.remove(path);
                retryLater();
            }
        });
    }

    private void retryLater() {
        if (!retrying && channel.isActive()) {
            retrying = true;
            GlobalEventExecutor.INSTANCE.schedule(this::look, RETRY_NANOS, TimeUnit.NANOSECONDS);
        }
    }
}
