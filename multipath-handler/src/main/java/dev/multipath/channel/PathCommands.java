package dev.multipath.channel;

import dev.multipath.metrics.PathStateChange;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import io.netty.channel.ChannelFuture;
import java.net.InetSocketAddress;
import java.util.List;

/** What an application may ask of the paths of a session. Any thread; carried out on the session's event loop. */
final class PathCommands {

    private final AbstractSessionChannel channel;
    private final ChannelPaths paths;

    PathCommands(AbstractSessionChannel channel, ChannelPaths paths) {
        this.channel = channel;
        this.paths = paths;
    }

    ChannelFuture add(Path path) {
        return ChannelChange.of(channel, promise -> dialling().add(path, promise));
    }

    ChannelFuture remove(Path path) {
        return ChannelChange.of(channel, promise -> dialling().remove(path, promise));
    }

    private PathChanges dialling() {
        if (channel.dialled() == null) {
            throw new UnsupportedOperationException("the paths of an accepted session are its client's");
        }
        return channel.dialled().changes();
    }

    ChannelFuture setBackup(Path path, boolean backup) {
        return change(() -> {
            SessionDriver driver = channel.driver();
            List<SubflowLink> links = driver.links().on(path).stream()
                    .filter(SubflowLink::isMember)
                    .toList();
            if (links.isEmpty()) {
                throw new IllegalArgumentException("path " + path.label() + " has no subflow");
            }
            links.forEach(link -> driver.session().setBackup(link.subflow(), backup));
            links.forEach(link -> paths.update(
                    link, PathStateChange.Reason.JOINED, null, driver.links().all()));
        });
    }

    ChannelFuture setAttributes(Path path, PathAttributes attributes) {
        return change(() -> {
            SessionDriver driver = channel.driver();
            List<SubflowLink> links = driver.links().on(path);
            if (links.isEmpty() && !channel.side().keeps(path)) {
                throw new IllegalArgumentException("there is no path " + path.label());
            }
            channel.wishes().set(driver.session(), path, attributes, links);
            links.stream()
                    .filter(SubflowLink::isMember)
                    .forEach(link -> paths.update(
                            link,
                            PathStateChange.Reason.JOINED,
                            null,
                            driver.links().all()));
        });
    }

    ChannelFuture announce(InetSocketAddress address) {
        return change(() -> channel.announcer().announce(address));
    }

    ChannelFuture withdraw(InetSocketAddress address) {
        return change(() -> {
            if (!channel.announcer().withdraw(address)) {
                throw new IllegalArgumentException(address + " was not announced");
            }
        });
    }

    /** Something that the session then has to say to its peer. */
    private ChannelFuture change(Runnable change) {
        return ChannelChange.of(channel, promise -> {
            change.run();
            channel.driver().pumpLater();
            promise.setSuccess();
        });
    }
}
