package dev.multipath.channel;

import dev.multipath.path.Path;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;

/** Passes what happens to a session and its subflows on to whom it concerns: statistics, path manager, application. */
final class SessionEvents {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionEvents.class);

    private final MultipathChannel channel;
    private final ChannelPaths paths;

    SessionEvents(MultipathChannel channel, ChannelPaths paths) {
        this.channel = channel;
        this.paths = paths;
    }

    void onSubflow(SubflowLink link, SubflowEvent.Kind kind, Throwable cause) {
        Path path = link.path();
        if (kind == SubflowEvent.Kind.ADDED) {
            paths.onAdded(link);
            if (channel.accepted() != null) {
                channel.accepted().onAdded(link);
            }
        }
        paths.update(link, channel.driver().links());
        if (channel.dialled() != null) {
            channel.dialled().onEvent(link, kind, cause);
        } else if (kind == SubflowEvent.Kind.REMOVED) {
            paths.forgetIfMany(path);
        }
        channel.pipeline().fireUserEventTriggered(new SubflowEvent(kind, path, cause));
    }

    /** A subflow was not let into the session: nobody but the path manager hears of it. */
    void onRefused(SubflowLink link, Throwable cause) {
        LOGGER.debug("{} subflow on {} was not let in", channel, link.path().label(), cause);
        if (channel.dialled() != null) {
            channel.dialled().onRefused(link, cause);
        } else if (channel.accepted() != null) {
            channel.accepted().onLeftPending(link);
        }
    }

    void onSession(MultipathSessionEvent event) {
        if (event == MultipathSessionEvent.SUSPENDED && channel.dialled() != null) {
            channel.dialled().onSuspended();
        }
        channel.pipeline().fireUserEventTriggered(event);
    }

    void onAddress(AddressEvent event) {
        DialledSubflows dialled = channel.dialled();
        if (dialled != null) {
            switch (event.kind()) {
                case ADDED -> dialled.changes().onAddressAdded(event.address());
                case REMOVED -> dialled.changes().onAddressRemoved(event.address());
            }
        }
        channel.pipeline().fireUserEventTriggered(event);
    }
}
