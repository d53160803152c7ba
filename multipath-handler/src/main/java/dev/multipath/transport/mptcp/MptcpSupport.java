package dev.multipath.transport.mptcp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Whether this system has Multipath TCP, and if so how sockets of it are made. What was found to be missing is remembered: a
 * kernel does not change, and an administrator who turns {@code net.mptcp.enabled} on has to start the process again. The
 * errors that mean it are those of Go's {@code net} package. Any thread.
 */
final class MptcpSupport {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(MptcpSupport.class);

    /** By their numbers, which are the same on all processors that Netty has native code for. */
    private static final Map<Integer, String> UNSUPPORTED = Map.of(
            -22, "the kernel is older than 5.6 (EINVAL)",
            -92, "it is turned off: sysctl net.mptcp.enabled (ENOPROTOOPT)",
            -93, "the kernel was built without it (EPROTONOSUPPORT)");

    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_V6ONLY = 26;

    /** Netty clears it on each socket that it opens. */
    private static final IntegerUnixChannelOption V6_ONLY =
            new IntegerUnixChannelOption("IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY);

    private static final MptcpSupport INSTANCE = detect();

    private final MptcpSockets sockets;
    private final AtomicBoolean told = new AtomicBoolean();

    /** Null while it is not known to be unavailable. */
    private volatile String unavailability;

    MptcpSupport(MptcpSockets sockets, String unavailability) {
        this.sockets = sockets;
        this.unavailability = unavailability;
    }

    /** Of this process. */
    static MptcpSupport get() {
        return INSTANCE;
    }

    private static MptcpSupport detect() {
        try {
            Epoll.ensureAvailability();
        } catch (LinkageError e) {
            return new MptcpSupport(null, "there is no epoll: " + reason(e));
        }
        StringBuilder failures = new StringBuilder();
        MptcpSockets sockets = attempt("java.lang.foreign", ForeignSockets::lookUp, failures);
        if (sockets == null) {
            sockets = attempt("io_uring", RingSockets::start, failures);
        }
        return sockets == null
                ? new MptcpSupport(null, "nothing here opens its sockets: " + failures)
                : new MptcpSupport(sockets, null).probe();
    }

    private static MptcpSockets attempt(String name, Callable<? extends MptcpSockets> way, StringBuilder failures) {
        try {
            return way.call();
        } catch (Exception | LinkageError e) {
            failures.append(failures.isEmpty() ? "" : "; ")
                    .append(name)
                    .append(": ")
                    .append(reason(e));
            return null;
        }
    }

    private static String reason(Throwable e) {
        return e.getCause() == null ? e.toString() : e.getCause().toString();
    }

    /** Any other failure may have gone when the next socket is opened. */
    private MptcpSupport probe() {
        try {
            int descriptor = sockets.open(MptcpSockets.AF_INET);
            if (descriptor >= 0) {
                new FileDescriptor(descriptor).close();
            } else {
                unavailability = UNSUPPORTED.get(descriptor);
            }
        } catch (IOException e) {
            LOGGER.debug("no socket of MPTCP at the first attempt", e);
        }
        return this;
    }

    /** Why there is no MPTCP, or null if there is. */
    String unavailability() {
        return unavailability;
    }

    /** To be asked before the first socket, so that it is known early what will be missing. */
    void announce(MptcpMode mode) {
        String missing = unavailability;
        if (missing == null || mode == MptcpMode.OFF) {
            return;
        }
        if (mode == MptcpMode.REQUIRED) {
            throw new MptcpUnavailableException("no MPTCP on this system: " + missing);
        }
        if (told.compareAndSet(false, true)) {
            LOGGER.warn("no MPTCP on this system, so it is TCP: {}", missing);
        }
    }

    EpollSocketChannel socket(MptcpMode mode) {
        return make(mode, MptcpSockets::channel, EpollSocketChannel::new);
    }

    EpollServerSocketChannel serverSocket(MptcpMode mode) {
        return make(mode, MptcpSockets::serverChannel, EpollServerSocketChannel::new);
    }

    @FunctionalInterface
    private interface OnDescriptor<C> {

        C make(MptcpSockets sockets, int descriptor) throws IOException;
    }

    private <C extends Channel> C make(MptcpMode mode, OnDescriptor<C> mptcp, Supplier<C> tcp) {
        announce(mode);
        if (mode == MptcpMode.OFF || unavailability != null) {
            return tcp.get();
        }
        boolean ipv6 = Socket.isIPv6Preferred();
        try {
            int descriptor = sockets.open(ipv6 ? MptcpSockets.AF_INET6 : MptcpSockets.AF_INET);
            if (descriptor < 0) {
                if (!UNSUPPORTED.containsKey(descriptor)) {
                    throw Errors.newIOException("socket", descriptor);
                }
                unavailability = UNSUPPORTED.get(descriptor);
                return make(mode, mptcp, tcp);
            }
            return onDescriptor(mptcp, descriptor, ipv6);
        } catch (IOException e) {
            throw new ChannelException("no socket of MPTCP", e);
        }
    }

    private <C extends Channel> C onDescriptor(OnDescriptor<C> mptcp, int descriptor, boolean ipv6) throws IOException {
        C channel;
        try {
            channel = mptcp.make(sockets, descriptor);
        } catch (IOException | RuntimeException e) {
            new FileDescriptor(descriptor).close();
            throw e;
        }
        if (ipv6) {
            channel.config().setOption(V6_ONLY, 0);
        }
        return channel;
    }
}
