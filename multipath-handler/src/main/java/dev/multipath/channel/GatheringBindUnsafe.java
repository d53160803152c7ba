package dev.multipath.channel;

import io.netty.channel.Channel.Unsafe;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import java.net.SocketAddress;

/** Passes everything on but {@link #bind}, which is final and synchronous in Netty's own base class. */
abstract class GatheringBindUnsafe implements Unsafe {

    private final Unsafe delegate;

    GatheringBindUnsafe(Unsafe delegate) {
        this.delegate = delegate;
    }

    @Override
    public abstract void bind(SocketAddress localAddress, ChannelPromise promise);

    @Override
    @SuppressWarnings("deprecation") // as in the interface
    public RecvByteBufAllocator.Handle recvBufAllocHandle() {
        return delegate.recvBufAllocHandle();
    }

    @Override
    public SocketAddress localAddress() {
        return delegate.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return delegate.remoteAddress();
    }

    @Override
    public void register(EventLoop eventLoop, ChannelPromise promise) {
        delegate.register(eventLoop, promise);
    }

    @Override
    public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
        delegate.connect(remoteAddress, localAddress, promise);
    }

    @Override
    public void disconnect(ChannelPromise promise) {
        delegate.disconnect(promise);
    }

    @Override
    public void close(ChannelPromise promise) {
        delegate.close(promise);
    }

    @Override
    public void closeForcibly() {
        delegate.closeForcibly();
    }

    @Override
    public void deregister(ChannelPromise promise) {
        delegate.deregister(promise);
    }

    @Override
    public void beginRead() {
        delegate.beginRead();
    }

    @Override
    public void write(Object msg, ChannelPromise promise) {
        delegate.write(msg, promise);
    }

    @Override
    public void flush() {
        delegate.flush();
    }

    @Override
    public ChannelPromise voidPromise() {
        return delegate.voidPromise();
    }

    @Override
    public ChannelOutboundBuffer outboundBuffer() {
        return delegate.outboundBuffer();
    }
}
