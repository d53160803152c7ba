package dev.multipath.examples;

import dev.multipath.examples.stream.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells systemd how a service is, if it is one ({@code Type=notify}, sd_notify(3)). A failure is logged, and no more. */
final class ServiceManager {
    private static final Logger LOGGER = LoggerFactory.getLogger(ServiceManager.class);

    /** It listens. */
    static final String READY = "READY=1";

    /** It takes no new sessions any more. */
    static final String STOPPING = "STOPPING=1";

    /** A manager that does not read its socket must not hold us up. */
    private static final long LIMIT_SECONDS = 5;

    /** How sd_notify(3) writes the zero byte that a name outside the file system begins with. */
    private static final String ABSTRACT = "@";

    private ServiceManager() {}

    /** Says so to whoever started this process, if he wants to know ({@code NOTIFY_SOCKET}). */
    static void tell(String state) {
        String socket = System.getenv("NOTIFY_SOCKET");
        if (socket != null) {
            tell(socket, state);
        }
    }

    /** Says so to a socket, by its path in the file system or its abstract name; without epoll there is no such socket in Java. */
    static void tell(String socket, String state) {
        boolean isAbstract = socket.startsWith(ABSTRACT);
        if (!Epoll.isAvailable() || !(isAbstract || socket.startsWith("/"))) {
            LOGGER.warn("systemd is not told {}: needs epoll and a UNIX socket, not {}", state, socket);
            return;
        }
        String name = isAbstract ? "\0" + socket.substring(ABSTRACT.length()) : socket;
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try {
            ChannelFuture connected = new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(new DomainSocketAddress(name))
                    .awaitUninterruptibly();
            if (!connected.isSuccess()) {
                LOGGER.warn("systemd is not told {}: {}", state, String.valueOf(connected.cause()));
                return;
            }
            Channel channel = connected.channel();
            boolean told = channel.writeAndFlush(Unpooled.copiedBuffer(state, StandardCharsets.US_ASCII))
                    .awaitUninterruptibly(LIMIT_SECONDS, TimeUnit.SECONDS);
            LOGGER.debug("systemd is told {}: {}", state, told);
            channel.close();
        } finally {
            Transport.end(group, Duration.ofSeconds(LIMIT_SECONDS));
        }
    }
}
