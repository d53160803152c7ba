package dev.multipath.testsuite;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;

/**
 * Some of Netty's tests have a {@code ChannelInitializer<SocketChannel>}, and only use the pipeline of what it is given.
 * They get a channel that calls itself a {@code SocketChannel}, and passes every call on but those that only a socket can
 * answer. The handlers that they add see the multipath channel itself.
 */
final class SocketView {

    private SocketView() {}

    /** The handler, or if it initializes socket channels, one that lets it initialize any. */
    static ChannelHandler of(ChannelHandler handler) {
        return isForSockets(handler) ? new Initializer(handler) : handler;
    }

    private static boolean isForSockets(ChannelHandler handler) {
        return handler instanceof ChannelInitializer
                && handler.getClass().getGenericSuperclass() instanceof ParameterizedType type
                && type.getActualTypeArguments()[0] == SocketChannel.class;
    }

    private static final class Initializer extends ChannelInitializer<Channel> {

        private final ChannelHandler original;

        Initializer(ChannelHandler original) {
            this.original = original;
        }

        @Override
        protected void initChannel(Channel channel) throws Exception {
            Method initChannel = ChannelInitializer.class.getDeclaredMethod("initChannel", Channel.class);
            initChannel.setAccessible(true);
            initChannel.invoke(original, view(channel));
        }

        private static Object view(Channel channel) {
            return Proxy.newProxyInstance(
                    SocketView.class.getClassLoader(),
                    new Class<?>[] {SocketChannel.class},
                    (proxy, method, arguments) -> {
                        if (method.getDeclaringClass() == SocketChannel.class) {
                            throw new UnsupportedOperationException(method + " of a channel that is no socket's");
                        }
                        try {
                            return method.invoke(channel, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }
}
