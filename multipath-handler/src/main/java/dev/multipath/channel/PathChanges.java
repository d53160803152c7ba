package dev.multipath.channel;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import io.netty.channel.ChannelPromise;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Paths that a client's channel gets and loses while its session lives, by the application's word. Runs on the channel's event
 * loop.
 */
final class PathChanges {

    private final SessionChannel channel;
    private final PathManager pathManager;
    private final AnnouncedPaths announced;

    /** Paths that the application has added and that have no subflow yet. */
    private Map<Path, ChannelPromise> adding = Collections.emptyMap();

    /** Null until there is a session; nothing is asked for before. */
    private DrivenSession driver;

    private boolean ended;

    PathChanges(SessionChannel channel, PathManager pathManager, AnnouncedPaths announced) {
        this.channel = channel;
        this.pathManager = pathManager;
        this.announced = announced;
    }

    void begin(DrivenSession newDriver) {
        driver = newDriver;
    }

    void add(Path path, ChannelPromise promise) {
        if (ended) {
            promise.setFailure(new ClosedChannelException());
            return;
        }
        if (announced.leadsNowhere(path)) {
            promise.setFailure(new IllegalStateException("the server wants no join at " + path.remote()));
            return;
        }
        channel.paths().metrics(path);
        if (adding.isEmpty()) {
            adding = new HashMap<>();
        }
        // First, as the attempt may fail at once.
        boolean added = adding.putIfAbsent(path, promise) == null && begin(path);
        if (!added) {
            adding.remove(path, promise);
            promise.setFailure(new IllegalArgumentException("path " + path.label() + " is there already"));
        }
    }

    private boolean begin(Path path) {
        if (!announced.isClosed(path)) {
            return pathManager.addPath(path);
        }
        boolean added = pathManager.addHeldPath(path);
        announced.settle();
        return added;
    }

    void remove(Path path, ChannelPromise promise) {
        if (!pathManager.removePath(path)) {
            promise.setFailure(new IllegalArgumentException("there is no path " + path.label()));
            return;
        }
        fail(path, new ClosedChannelException());
        Path substitute = announced.forget(path);
        if (substitute != null) {
            pathManager.removePath(substitute);
            end(substitute);
        }
        end(path);
        promise.setSuccess();
    }

    private void end(Path path) {
        if (driver.session().outlivesSubflows()) {
            driver.links().on(path).forEach(link -> driver.links().close(link, PathCloseFrame.REMOVED, ""));
        } else {
            driver.links().withdraw(driver.links().on(path));
        }
        channel.onUnused(path);
    }

    // ---- what becomes of them

    void onAdded(Path path) {
        ChannelPromise promise = adding.remove(announced.original(path));
        if (promise != null) {
            promise.setSuccess();
        }
    }

    /** A path that could not be added is as if it had never been asked for. */
    void onFailed(Path failed, Throwable cause) {
        Path path = announced.original(failed);
        if (adding.containsKey(path)) {
            announced.forget(path);
            pathManager.removePath(failed);
            pathManager.removePath(path);
            fail(path, cause);
            channel.onUnused(failed);
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
}
