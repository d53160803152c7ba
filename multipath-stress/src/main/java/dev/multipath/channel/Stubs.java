package dev.multipath.channel;

import dev.multipath.transport.SubflowConnection;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** As much of Netty as is shared by threads: a loop is a queue that whoever is its thread empties. */
final class Stubs {

    static final OptionValues DEFAULT_OPTIONS = new OptionValues() {
        @Override
        public <T> T get(ChannelOption<T> option) {
            return MultipathChannelConfig.defaultOf(option);
        }
    };

    private Stubs() {}

    /** A loop, and its tasks. */
    static final class Loop {

        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        final EventLoop eventLoop = proxy(EventLoop.class, (self, method, arguments) -> switch (method.getName()) {
            // Each actor is the thread of what it calls.
            case "inEventLoop" -> true;
            case "execute" -> {
                tasks.add((Runnable) arguments[0]);
                yield null;
            }
            case "equals" -> self == arguments[0];
            default -> throw new UnsupportedOperationException(method.toString());
        });

        void run() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    /**
     * A subflow's channel, of which only matters whether it is read. Its loop may lose the processor while it turns that off: without
     * a pause there, the other would have to do all of its work within a few instructions, and no run would see that.
     */
    static final class Reading {

        /** A few microseconds: the other takes two batches meanwhile. */
        private static final int PAUSE_SPINS = 50;

        private volatile boolean autoRead = true;
        private final ChannelConfig config =
                proxy(ChannelConfig.class, (self, method, arguments) -> switch (method.getName()) {
                    case "setAutoRead" -> {
                        boolean on = (boolean) arguments[0];
                        for (int i = 0; i < PAUSE_SPINS && !on; i++) {
                            Thread.onSpinWait();
                        }
                        autoRead = on;
                        yield self;
                    }
                    case "setWriteBufferWaterMark" -> self;
                    default -> throw new UnsupportedOperationException(method.toString());
                });
        final SubflowConnection connection;

        Reading(Loop loop) {
            Channel channel = proxy(Channel.class, (self, method, arguments) -> switch (method.getName()) {
                case "eventLoop" -> loop.eventLoop;
                case "config" -> config;
                default -> throw new UnsupportedOperationException(method.toString());
            });
            connection = new SubflowConnection(channel, SubflowTransport.ofEventLoop());
        }

        boolean isOn() {
            return autoRead;
        }
    }

    static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}
