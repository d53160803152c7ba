package dev.multipath.channel;

import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathFrameEncoder;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import java.util.Objects;

/**
 * Makes an accepted connection of any server a subflow: {@code pipeline.addLast(new MultipathServerHandler(acceptor))}. It
 * must be added before the connection's first byte has passed its place, as the last handler, and puts others in its
 * place. What is in front of it stays (such as an {@code SslHandler}) and has to pass {@code ByteBuf}s on.
 */
public final class MultipathServerHandler extends ChannelHandlerAdapter {

    private final MultipathAcceptor acceptor;

    /**
     * For one connection.
     *
     * @param acceptor what gets its session; shared by all connections that may belong to one
     */
    public MultipathServerHandler(MultipathAcceptor acceptor) {
        this.acceptor = Objects.requireNonNull(acceptor, "acceptor");
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        ThriftyReads.install(ctx.channel(), acceptor.host().options().get(MultipathChannelOption.MEMORY_BUDGET));
        ChannelPipeline pipeline = ctx.pipeline();
        // In reverse: each is added right behind this one.
        pipeline.addAfter(ctx.name(), null, new ServerHandshakeHandler(acceptor.host()));
        pipeline.addAfter(ctx.name(), null, new MultipathFrameDecoder().holdData());
        pipeline.addAfter(ctx.name(), null, new MultipathFrameEncoder());
        pipeline.remove(this);
    }
}
