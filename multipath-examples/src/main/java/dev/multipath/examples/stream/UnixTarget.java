package dev.multipath.examples.stream;

import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Joins each session to a connection of its own to a service on a UNIX socket. */
public final class UnixTarget {
    private static final Logger LOGGER = LoggerFactory.getLogger(UnixTarget.class);

    private final Path file;

    /** @param file the service's socket, which need not be there yet */
    public UnixTarget(Path file) {
        this.file = file;
    }

    /** Joins the session of that context to the service, behind it; connects on another thread. */
    public void start(ChannelHandlerContext ctx) {
        UnixStream stream = new UnixStream(this::connect);
        BlockingBridge bridge = new BlockingBridge("unix", stream, stream);
        bridge.ended().whenComplete((nothing, failure) -> {
            if (failure instanceof AbandonedException known && known.reason() == AbortReason.TARGET_UNREACHABLE) {
                LOGGER.warn("relay: {}", Reasons.of(failure));
            } else if (failure != null) {
                LOGGER.info("relay: {}", Reasons.of(failure));
            }
            stream.close();
        });
        ctx.pipeline().addAfter(ctx.name(), null, bridge);
    }

    private SocketChannel connect() throws AbandonedException {
        try {
            return SocketChannel.open(UnixDomainSocketAddress.of(file));
        } catch (IOException e) {
            throw new AbandonedException(
                    AbortReason.TARGET_UNREACHABLE, "cannot connect to unix:" + file + ": " + Reasons.of(e));
        }
    }
}
