package dev.multipath.path;

import dev.multipath.codec.ConnectionId;
import dev.multipath.transport.ChangedTransport;
import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A path in virtual time, with a server of the base profile behind it: what is sent while it is up is answered after a round
 * trip, what is lost is repeated by timers such as a kernel's. TCP as a client sees it while it dials.
 */
final class VirtualPath extends ChangedTransport {

    /** Of a SYN: RFC 6298's first timer, doubled (Linux: tcp_syn_retries). */
    private static final long[] SYN_MILLIS = {0, 1_000, 3_000, 7_000, 15_000};

    /** Of what follows: Linux's least timer, doubled. */
    private static final long[] DATA_MILLIS = {0, 200, 600, 1_400, 3_000, 6_200, 12_600};

    private final EventLoop clock;
    private final long rttMillis;
    private final ConnectionId name;

    /** Nothing gets through. */
    boolean down;

    /** If not null, why this host cannot even send. */
    Exception localError;

    /** Whether the server accepts and closes. */
    boolean refusing;

    final List<VirtualChannel> channels = new ArrayList<>();

    VirtualPath(EventLoop clock, long rttMillis, ConnectionId name) {
        this.clock = clock;
        this.rttMillis = rttMillis;
        this.name = name;
    }

    long openChannels() {
        return channels.stream().filter(Channel::isOpen).count();
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        return SubflowBootstrap.connect(this::newChannel, eventLoop, remote, local, setup);
    }

    private Channel newChannel() {
        VirtualChannel channel = new VirtualChannel();
        channels.add(channel);
        return channel;
    }

    /** Sends something until it gets through, and does what follows from it a round trip later. */
    private void send(VirtualChannel channel, long[] timersMillis, Runnable answer) {
        boolean[] arrived = new boolean[1];
        for (long timerMillis : timersMillis) {
            later(timerMillis, () -> {
                if (!down && !arrived[0] && channel.isOpen()) {
                    arrived[0] = true;
                    later(rttMillis, () -> {
                        if (channel.isOpen() && !down) {
                            answer.run();
                        }
                    });
                }
            });
        }
    }

    private void later(long millis, Runnable task) {
        clock.schedule(task, millis, TimeUnit.MILLISECONDS);
    }

    final class VirtualChannel extends AbstractChannel {

        private final ChannelConfig config = new DefaultChannelConfig(this);
        private boolean open = true;
        private boolean active;

        VirtualChannel() {
            super(null);
        }

        private void onSynAck(ChannelPromise promise) {
            active = true;
            promise.setSuccess();
            pipeline().fireChannelActive();
            if (refusing) {
                close();
            }
        }

        private void onAnswer() {
            ByteBuf answer = Unpooled.buffer().writeByte(0);
            answer.writeLong(name.mostSignificantBits()).writeLong(name.leastSignificantBits());
            // The preface, and a ping.
            pipeline().fireChannelRead(answer.writeShort(0));
            pipeline().fireChannelReadComplete();
        }

        @Override
        protected AbstractUnsafe newUnsafe() {
            return new AbstractUnsafe() {
                @Override
                public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
                    if (localError != null) {
                        promise.setFailure(localError);
                        close(voidPromise());
                    } else {
                        send(VirtualChannel.this, SYN_MILLIS, () -> onSynAck(promise));
                    }
                }
            };
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer in) {
            while (in.current() != null) {
                in.remove();
            }
            send(this, DATA_MILLIS, this::onAnswer);
        }

        @Override
        protected boolean isCompatible(EventLoop loop) {
            return true;
        }

        @Override
        protected SocketAddress localAddress0() {
            return new InetSocketAddress("127.0.0.1", 1);
        }

        @Override
        protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("127.0.0.1", 2);
        }

        @Override
        protected void doBind(SocketAddress local) {}

        @Override
        protected void doDisconnect() {}

        @Override
        protected void doClose() {
            open = false;
            active = false;
        }

        @Override
        protected void doBeginRead() {}

        @Override
        public ChannelConfig config() {
            return config;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean isActive() {
            return active;
        }

        @Override
        public ChannelMetadata metadata() {
            return new ChannelMetadata(false);
        }
    }
}
