package dev.multipath.quic;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Options of a subflow over QUIC: those of a socket that mean something here. */
final class QuicSubflowConfig extends DefaultChannelConfig {

    /** As sockets are made: an end in order. */
    private static final int AS_USUAL = -1;

    /** Options of TCP sockets: a session that mixes transports has one set for all, and they must not be warned of each time. */
    private static final Set<ChannelOption<?>> OF_SOCKETS = Set.of(
            ChannelOption.TCP_NODELAY,
            ChannelOption.TCP_FASTOPEN,
            ChannelOption.TCP_FASTOPEN_CONNECT,
            ChannelOption.IP_TOS,
            ChannelOption.SO_KEEPALIVE,
            ChannelOption.SO_REUSEADDR,
            ChannelOption.SO_RCVBUF,
            ChannelOption.SO_SNDBUF,
            ChannelOption.SO_BACKLOG);

    /** What is none of these, and so is for the UDP socket beneath; none where that is not the subflow's. */
    private final Map<ChannelOption<?>, Object> ofUdpSocket;

    private volatile boolean allowHalfClosure;
    private volatile int soLinger = AS_USUAL;

    private QuicSubflowConfig(Channel channel, Map<ChannelOption<?>, Object> ofUdpSocket) {
        super(channel);
        this.ofUdpSocket = ofUdpSocket;
    }

    /** Of a channel whose UDP socket is others' too. */
    QuicSubflowConfig(Channel channel) {
        this(channel, null);
    }

    /** Of one that has a UDP socket of its own. */
    static QuicSubflowConfig ofDialled(Channel channel) {
        return new QuicSubflowConfig(channel, new ConcurrentHashMap<>());
    }

    /** What was set that is for the UDP socket: the kernel's options, for one, such as the device that it sends by. */
    Map<ChannelOption<?>, Object> ofUdpSocket() {
        return ofUdpSocket;
    }

    boolean isAllowHalfClosure() {
        return allowHalfClosure;
    }

    /** Whether an end that nobody has asked for in order is a reset, as with sockets that have no time to linger. */
    boolean isResetOnClose() {
        return soLinger == 0;
    }

    @Override
    public Map<ChannelOption<?>, Object> getOptions() {
        return getOptions(super.getOptions(), ChannelOption.ALLOW_HALF_CLOSURE, ChannelOption.SO_LINGER);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T getOption(ChannelOption<T> option) {
        if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
            return (T) Boolean.valueOf(allowHalfClosure);
        } else if (option == ChannelOption.SO_LINGER) {
            return (T) Integer.valueOf(soLinger);
        }
        return super.getOption(option);
    }

    @Override
    public <T> boolean setOption(ChannelOption<T> option, T value) {
        if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
            validate(option, value);
            allowHalfClosure = (Boolean) value;
            return true;
        } else if (option == ChannelOption.SO_LINGER) {
            validate(option, value);
            soLinger = (Integer) value;
            return true;
        }
        if (OF_SOCKETS.contains(option) || super.setOption(option, value)) {
            return true;
        }
        if (ofUdpSocket != null) {
            ofUdpSocket.put(option, value instanceof ByteBuffer bytes ? bytes.duplicate() : value);
        }
        return ofUdpSocket != null;
    }
}
