package dev.multipath.examples;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.examples.stream.Reasons;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a backup of each subflow on some paths as it comes: the peer forgets a subflow that is lost. */
final class BackupPaths extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(BackupPaths.class);

    private final Set<String> labels;

    BackupPaths(Set<String> labels) {
        this.labels = labels;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SubflowEvent subflow
                && subflow.kind() == SubflowEvent.Kind.ADDED
                && labels.contains(subflow.path().label())) {
            ((MultipathChannel) ctx.channel()).setBackup(subflow.path(), true).addListener(done -> {
                if (!done.isSuccess()) {
                    LOGGER.warn("path {} is no backup: {}", subflow.path().label(), Reasons.of(done.cause()));
                }
            });
        }
        ctx.fireUserEventTriggered(event);
    }
}
