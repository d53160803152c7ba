package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/**
 * The congestion control of a TCP socket on Linux, which begins anew when it is changed: to another one, and back. Only of bbr, since that
 * remembers for long what a path was like when it was bad; others find out by themselves.
 */
final class TcpCongestionControl {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(TcpCongestionControl.class);

    private static final int IPPROTO_TCP = 6;
    private static final int TCP_CONGESTION = 13;

    /** The kernel's TCP_CA_NAME_MAX: a name, filled up with zeros. */
    private static final int NAME_BYTES = 16;

    static final RawUnixChannelOption NAME =
            new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NAME_BYTES);

    private static final String BBR = "bbr";

    /** Every kernel has it, and everybody may use it. */
    private static final String RENO = "reno";

    private static final Path ALLOWED = Path.of("/proc/sys/net/ipv4/tcp_allowed_congestion_control");

    private TcpCongestionControl() {}

    /** Whether this process may choose bbr, so that there is a way back to it. As far as is known: a privileged one might anyway. */
    private static final class Allowance {
        static final boolean BBR_ALLOWED = allows(BBR);

        private static boolean allows(String name) {
            try {
                return Set.of(Files.readString(ALLOWED).trim().split("\\s+")).contains(name);
            } catch (IOException | RuntimeException e) {
                LOGGER.debug("which congestion controls may be chosen is not known", e);
                return false;
            }
        }
    }

    /** On the channel's event loop; without effect on any but a socket of TCP with bbr. */
    static void restart(Channel socket) {
        restart(socket, Allowance.BBR_ALLOWED);
    }

    static void restart(Channel socket, boolean bbrAllowed) {
        if (!bbrAllowed || !BBR.equals(name(socket))) {
            return;
        }
        socket.config().setOption(NAME, bytes(RENO));
        try {
            socket.config().setOption(NAME, bytes(BBR));
        } catch (ChannelException e) {
            LOGGER.warn("{} is left with reno: it may not choose bbr any more", socket, e);
        }
    }

    /** Null if it has none. */
    private static String name(Channel socket) {
        ByteBuffer name;
        try {
            name = socket.config().getOption(NAME);
        } catch (ChannelException e) {
            // A UNIX-domain socket.
            return null;
        }
        return name == null
                ? null
                : StandardCharsets.US_ASCII.decode(name).toString().split("\0", 2)[0];
    }

    static ByteBuffer bytes(String name) {
        return ByteBuffer.wrap(Arrays.copyOf(name.getBytes(StandardCharsets.US_ASCII), NAME_BYTES));
    }
}
