package dev.multipath.quic;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import java.util.Map;
import java.util.Set;

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

    private volatile boolean allowHalfClosure;
    private volatile int soLinger = AS_USUAL;

    QuicSubflowConfig(Channel channel) {
        super(channel);
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
        return OF_SOCKETS.contains(option) || super.setOption(option, value);
    }
}
