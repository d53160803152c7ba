package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.stacks.Wires.Kind;
import dev.multipath.examples.stream.EchoHandler;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.pool.AbstractChannelPoolHandler;
import io.netty.channel.pool.ChannelPool;
import io.netty.channel.pool.FixedChannelPool;
import io.netty.channel.pool.SimpleChannelPool;
import io.netty.handler.address.DynamicAddressConnectHandler;
import io.netty.handler.address.ResolveAddressHandler;
import io.netty.handler.logging.LoggingHandler;
import io.netty.resolver.DefaultAddressResolverGroup;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.EventExecutorGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Netty's ways to make, keep and use channels work with two paths as with a socket. */
class BootstrapTest {

    private static final AttributeKey<String> NAME = AttributeKey.valueOf(BootstrapTest.class, "name");

    @ParameterizedTest
    @EnumSource
    void shouldKeepOptionsAndAttributesOfClonedBootstraps(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            Trace listener = new Trace() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    note("accepted " + msg.getClass().getSimpleName());
                    ctx.fireChannelRead(msg);
                }
            };
            wires.listen(wires.server(p -> p.addLast(new EchoHandler()))
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel ch) {
                            ch.pipeline().addLast(new LoggingHandler(), listener);
                        }
                    })
                    .attr(NAME, "listener")
                    .childAttr(NAME, "child")
                    .option(ChannelOption.SO_BACKLOG, 7)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.WRITE_SPIN_COUNT, 5));
            Bootstrap first = wires.client(p -> {})
                    .attr(NAME, "client")
                    .option(ChannelOption.TCP_NODELAY, true)
                    .remoteAddress(wires.address());
            Bootstrap second = first.clone().attr(NAME, "clone");
            Channel one = first.connect().sync().channel();
            Channel two = second.connect().sync().channel();
            assertThat(one.attr(NAME).get()).isEqualTo("client");
            assertThat(two.attr(NAME).get()).isEqualTo("clone");
            Channel accepted = wires.accepted();
            assertThat(accepted.attr(NAME).get()).isEqualTo("child");
            assertThat(accepted.config().getWriteSpinCount()).isEqualTo(5);
            assertThat(accepted.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
            assertThat(accepted.parent().attr(NAME).get()).isEqualTo("listener");
            assertThat(accepted.parent().config().getOption(ChannelOption.SO_BACKLOG))
                    .isEqualTo(7);
            assertThat(one.remoteAddress()).isNotNull();
            assertThat(one.parent()).isNull();
            accepted.parent().close().sync();
            listener.await("unregistered");
            assertThat(listener.events())
                    .startsWith(
                            "registered",
                            "active",
                            "accepted " + accepted.getClass().getSimpleName());
            assertThat(listener.events()).endsWith("inactive", "unregistered");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBePooled(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            wires.listen(wires.server(p -> p.addLast(new EchoHandler())));
            Bootstrap bootstrap = wires.client(p -> {}).remoteAddress(wires.address());
            List<Trace> made = new CopyOnWriteArrayList<>();
            AbstractChannelPoolHandler handler = new AbstractChannelPoolHandler() {
                @Override
                public void channelCreated(Channel ch) {
                    Trace trace = new Trace();
                    made.add(trace);
                    ch.pipeline().addLast(trace);
                }
            };
            usePool(new SimpleChannelPool(bootstrap, handler));
            usePool(new FixedChannelPool(bootstrap, handler, 1));
            assertThat(made).hasSize(4);
        }
    }

    /** One channel for two uses in a row; one that was closed in between is replaced. */
    private static void usePool(ChannelPool pool) {
        Channel first = pool.acquire().syncUninterruptibly().getNow();
        first.writeAndFlush(Unpooled.buffer().writeZero(1000));
        first.pipeline().get(Trace.class).awaitRead(1000);
        pool.release(first).syncUninterruptibly();
        Channel again = pool.acquire().syncUninterruptibly().getNow();
        assertThat(again).isSameAs(first);
        pool.release(again).syncUninterruptibly();
        first.close().syncUninterruptibly();
        Channel second = pool.acquire().syncUninterruptibly().getNow();
        assertThat(second).isNotSameAs(first);
        assertThat(second.isActive()).isTrue();
        pool.release(second).syncUninterruptibly();
        pool.close();
        second.closeFuture().syncUninterruptibly();
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeGrouped(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
            wires.listen(wires.server(p -> p.addLast(new Trace())));
            List<Trace> traces = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Trace trace = new Trace();
                traces.add(trace);
                wires.client(p -> p.addLast(trace)).connect(wires.address()).sync();
                channels.add(wires.accepted());
            }
            for (int i = 0; i < 20; i++) {
                channels.write(Unpooled.buffer().writeZero(1000));
            }
            channels.flush();
            for (Trace trace : traces) {
                trace.awaitRead(20_000);
            }
            channels.close().sync();
            eventually().until(channels::isEmpty);
            for (Trace trace : traces) {
                trace.await("unregistered");
                assertThat(trace.events()).containsExactly("registered", "active", "read", "inactive", "unregistered");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldGoThroughHandlersOfAddresses(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            wires.listen(wires.server(p -> p.addLast(new EchoHandler())));
            SocketAddress actual = wires.address();
            Trace client = new Trace();
            Channel channel = wires.client(p -> p.addLast(
                            new ResolveAddressHandler(DefaultAddressResolverGroup.INSTANCE),
                            new DynamicAddressConnectHandler() {
                                @Override
                                protected SocketAddress remoteAddress(SocketAddress remote, SocketAddress local) {
                                    return actual;
                                }
                            },
                            client))
                    .connect(wires.anywhere())
                    .sync()
                    .channel();
            channel.writeAndFlush(Unpooled.buffer().writeZero(10)).sync();
            client.awaitRead(10);
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("deprecation") // still the way to it for handlers that are there already
    void shouldRunHandlersOnOtherExecutors(Kind kind) throws Exception {
        EventExecutorGroup executors = new DefaultEventExecutorGroup(2);
        try (Wires wires = new Wires(kind)) {
            Trace client = new Trace() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object msg) {
                    if (ctx.channel().eventLoop().inEventLoop()) {
                        note("on the channel's loop");
                    }
                    super.channelRead(ctx, msg);
                }
            };
            Channel channel =
                    wires.connect(p -> p.addLast(executors, new EchoHandler()), p -> p.addLast(executors, client));
            for (int i = 0; i < 200; i++) {
                channel.writeAndFlush(Unpooled.buffer().writeZero(20_000));
            }
            client.awaitRead(200 * 20_000);
            channel.close().sync();
            client.await("unregistered");
            assertThat(client.events()).doesNotContain("on the channel's loop");
        } finally {
            executors.shutdownGracefully(0, 10, TimeUnit.SECONDS).sync();
        }
    }

    /** Reads driven one by one: each brings what the allocator gives, and one completion. */
    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("deprecation") // the allocator's option, for which Netty 4.2 has no replacement yet
    void shouldReadWhenItIsTold(Kind kind) throws Exception {
        try (Wires wires = new Wires(kind)) {
            List<Integer> reads = new CopyOnWriteArrayList<>();
            Trace client = new Trace() {
                @Override
                public void channelReadComplete(ChannelHandlerContext ctx) {
                    reads.add((int) readBytes());
                }
            };
            Channel channel = wires.connect(
                    wires.server(p -> p.addLast(new EchoHandler())),
                    wires.client(p -> p.addLast(client))
                            .option(ChannelOption.AUTO_READ, false)
                            .option(
                                    ChannelOption.RECVBUF_ALLOCATOR,
                                    new FixedRecvByteBufAllocator(16).maxMessagesPerRead(1)));
            ChannelFuture written = channel.writeAndFlush(Unpooled.buffer().writeZero(48));
            written.sync();
            for (int i = 1; i <= 3; i++) {
                int expected = i;
                channel.read();
                eventually().until(() -> reads.size() == expected);
            }
            assertThat(reads).containsExactly(16, 32, 48);
        }
    }
}
