package dev.multipath.channel;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AddressScope;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import io.netty.channel.ChannelPromise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Paths that a client's channel gets and loses while its session lives: by the application's word, or the server's. Runs
 * on the channel's event loop.
 */
final class PathChanges {

    private final SessionChannel channel;
    private final PathManager pathManager;
    private final AddressPolicy policy;

    /** Paths that the application has added and that have no subflow yet. */
    private Map<Path, ChannelPromise> adding = Collections.emptyMap();

    /** Paths that are there because the server has announced their address. */
    private Map<InetSocketAddress, Path> announced = Collections.emptyMap();

    /** Null until there is a session; nothing is asked for before. */
    private DrivenSession driver;

    private boolean ended;

    PathChanges(SessionChannel channel, PathManager pathManager) {
        this.channel = channel;
        this.pathManager = pathManager;
        policy = channel.multipathConfig().get(MultipathChannelOption.ADDRESS_POLICY);
    }

    void begin(DrivenSession newDriver) {
        driver = newDriver;
    }

    void add(Path path, ChannelPromise promise) {
        if (ended) {
            promise.setFailure(new ClosedChannelException());
            return;
        }
        channel.paths().metrics(path);
        if (adding.isEmpty()) {
            adding = new HashMap<>();
        }
        // First, as the attempt may fail at once.
        boolean added = adding.putIfAbsent(path, promise) == null && pathManager.addPath(path);
        if (!added) {
            adding.remove(path, promise);
            promise.setFailure(new IllegalArgumentException("path " + path.label() + " is there already"));
        }
    }

    void remove(Path path, ChannelPromise promise) {
        if (!pathManager.removePath(path)) {
            promise.setFailure(new IllegalArgumentException("there is no path " + path.label()));
            return;
        }
        fail(path, new ClosedChannelException());
        if (driver.session().outlivesSubflows()) {
            driver.links().on(path).forEach(link -> driver.links().close(link, PathCloseFrame.REMOVED, ""));
        } else {
            driver.links().withdraw(driver.links().on(path));
        }
        channel.onUnused(path);
        promise.setSuccess();
    }

    // ---- what becomes of them

    void onAdded(Path path) {
        ChannelPromise promise = adding.remove(path);
        if (promise != null) {
            promise.setSuccess();
        }
    }

    /** A path that could not be added is as if it had never been asked for. */
    void onFailed(Path path, Throwable cause) {
        if (adding.containsKey(path)) {
            pathManager.removePath(path);
            fail(path, cause);
            channel.onUnused(path);
        }
    }

    /** Nothing is dialled any more. */
    void onEnded() {
        ended = true;
        List.copyOf(adding.keySet()).forEach(path -> fail(path, new ClosedChannelException()));
    }

    private void fail(Path path, Throwable cause) {
        ChannelPromise promise = adding.remove(path);
        if (promise != null) {
            promise.setFailure(cause);
        }
    }

    // ---- the server's word

    /** An address that is of use here. */
    void onAddressAdded(InetSocketAddress address, List<SocketAddress> reached) {
        List<Path> paths = pathManager.paths();
        InetSocketAddress remote = AddressScope.dialable(address, reached);
        boolean known = paths.stream().anyMatch(path -> path.remote().equals(remote));
        if (!known && policy.accepts(remote, paths)) {
            Path path = Path.of("announced " + address, remote);
            if (announced.isEmpty()) {
                announced = new HashMap<>();
            }
            announced.put(address, path);
            channel.paths().metrics(path);
            pathManager.addPath(path);
        }
    }

    void onAddressRemoved(InetSocketAddress address) {
        Path path = announced.remove(address);
        if (path != null) {
            pathManager.removePath(path);
            driver.links().withdraw(driver.links().on(path));
            channel.onUnused(path);
        }
    }
}
