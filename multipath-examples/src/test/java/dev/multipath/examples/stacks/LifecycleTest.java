package dev.multipath.examples.stacks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.stacks.Wires.Kind;
import dev.multipath.testing.OneIn;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From the making of a channel to its end: what the handlers see is what they see on a socket's channel. */
class LifecycleTest {

    /** More than a kernel takes for a reader that does not read, and than a session holds. */
    private static final int TOO_MUCH = 64 << 20;

    /** What happens to the two ends of a connection, and is to be the same whatever joins them. */
    enum Scenario {
        PEER_CLOSES((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace());
            ends.client.writeAndFlush(bytes(1000)).sync();
            ends.client.close().sync();
            ends.awaitClosed(outcome);
        }),
        HALF_CLOSED((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires,
                    server -> server.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                    new Trace(),
                    new Trace());
            ends.client.writeAndFlush(bytes(1000)).sync();
            ((DuplexChannel) ends.client).shutdownOutput().sync();
            ends.serverTrace.await("ChannelInputShutdownReadComplete");
            outcome.add(ends.server.isActive() + " " + ((DuplexChannel) ends.server).isInputShutdown());
            ends.server.writeAndFlush(bytes(1000)).sync();
            ends.clientTrace.awaitRead(1000);
            ((DuplexChannel) ends.server).shutdownOutput().sync();
            ends.clientTrace.await("unregistered");
            outcome.add(ends.server.isActive() + " " + ((DuplexChannel) ends.server).isShutdown());
            ends.server.close().sync();
            ends.awaitClosed(outcome);
        }),
        BOTH_ENDED_BY_EACH((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace());
            // One after the other, and the input first: the answer to the end of the output would close it.
            ((DuplexChannel) ends.client).shutdownInput().sync();
            ((DuplexChannel) ends.client).shutdownOutput().sync();
            ends.serverTrace.await("unregistered");
            outcome.add(ends.client.isActive() + " " + ((DuplexChannel) ends.client).isShutdown());
            ends.client.close().sync();
            ends.awaitClosed(outcome);
        }),
        CLOSED_IN_CHANNEL_ACTIVE((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires,
                    new Trace() {
                        @Override
                        public void channelActive(ChannelHandlerContext ctx) {
                            super.channelActive(ctx);
                            ctx.writeAndFlush(bytes(1000));
                            ctx.close().addListener(f -> note("closed " + f.isSuccess()));
                        }
                    },
                    new Trace());
            ends.awaitClosed(outcome);
        }),
        CLOSED_IN_CHANNEL_READ((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires,
                    new Trace() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            super.channelRead(ctx, msg);
                            ctx.close();
                            ctx.channel().write(bytes(1)).addListener(f -> note(nameOf(f.cause())));
                        }
                    },
                    new Trace());
            ends.client.writeAndFlush(bytes(1)).sync();
            ends.awaitClosed(outcome);
        }),
        CLOSED_IN_HANDLER_ADDED((wires, outcome) -> {
            Trace trace = new Trace() {
                @Override
                public void handlerAdded(ChannelHandlerContext ctx) {
                    ctx.close();
                }
            };
            wires.listen(wires.server(p -> {}));
            ChannelFuture connect =
                    wires.client(p -> p.addLast(trace)).connect(wires.address()).await();
            outcome.add(Trace.nameOf(connect.cause()));
            connect.channel().closeFuture().sync();
            trace.await("unregistered");
            outcome.addAll(trace.events());
        }),
        WRITTEN_IN_EVENTS((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires,
                    new Trace() {
                        @Override
                        public void channelReadComplete(ChannelHandlerContext ctx) {
                            if (!events().contains("in channelReadComplete: written")) {
                                write(ctx, "in channelReadComplete");
                            }
                        }

                        @Override
                        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                            super.userEventTriggered(ctx, event);
                            if (event == "fail") {
                                ctx.pipeline().fireExceptionCaught(new IllegalStateException());
                            }
                        }

                        @Override
                        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            super.exceptionCaught(ctx, cause);
                            write(ctx, "in exceptionCaught");
                        }

                        @Override
                        public void channelInactive(ChannelHandlerContext ctx) {
                            super.channelInactive(ctx);
                            write(ctx, "in channelInactive");
                        }

                        private void write(ChannelHandlerContext ctx, String when) {
                            ctx.writeAndFlush(bytes(100))
                                    .addListener(
                                            f -> note(when + ": " + (f.isSuccess() ? "written" : nameOf(f.cause()))));
                        }
                    },
                    new Trace());
            ends.client.writeAndFlush(bytes(1)).sync();
            ends.clientTrace.awaitRead(100);
            ends.server.pipeline().fireUserEventTriggered("fail");
            ends.clientTrace.awaitRead(200);
            ends.client.close().sync();
            ends.serverTrace.await("in channelInactive: ClosedChannelException");
            ends.awaitClosed(outcome);
        }),
        WRITTEN_AFTER_CLOSE((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace());
            ends.client.close().sync();
            ByteBuf late = bytes(1);
            outcome.add(Trace.nameOf(ends.client.writeAndFlush(late).await().cause()) + " " + late.refCnt());
            ends.client.write(bytes(1), ends.client.voidPromise());
            outcome.add(
                    Trace.nameOf(ends.client.connect(wires.address()).await().cause()));
            outcome.add("" + ends.client.close().await().isSuccess());
            ends.awaitClosed(outcome);
        }),
        WRITTEN_BEFORE_CLOSE((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace());
            ends.client.writeAndFlush(bytes(1000)).addListener(f -> outcome.add("flushed " + f.isSuccess()));
            ChannelFuture unflushed = ends.client.write(bytes(1000));
            ends.client.close().sync();
            outcome.add(Trace.nameOf(unflushed.await().cause()));
            ends.awaitClosed(outcome);
            outcome.add(ends.serverTrace.readBytes() + "");
        }),
        UNSUPPORTED_MESSAGES((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace());
            outcome.add(
                    Trace.nameOf(ends.client.writeAndFlush("a string").await().cause()));
            ends.client.writeAndFlush("a string", ends.client.voidPromise());
            ends.client.close().sync();
            ends.awaitClosed(outcome);
        }),
        NOBODY_LISTENS((wires, outcome) -> {
            Trace trace = new Trace();
            SocketAddress address = wires.closedAddress();
            ChannelFuture connect =
                    wires.client(p -> p.addLast(trace)).connect(address).await();
            outcome.add(Trace.nameOf(connect.cause()));
            connect.channel().closeFuture().sync();
            trace.await("unregistered");
            outcome.addAll(trace.events());
            outcome.add(connect.channel().isOpen() + " " + connect.channel().isActive());
        }),
        REGISTERED_AND_CONNECTED_LATER((wires, outcome) -> {
            wires.listen(wires.server(p -> {}));
            Trace trace = new Trace();
            Channel client =
                    wires.client(p -> p.addLast(trace)).register().sync().channel();
            outcome.add(client.isOpen() + " " + client.isActive() + " " + client.isWritable() + " "
                    + client.localAddress() + " " + client.remoteAddress());
            outcome.add(Trace.nameOf(client.writeAndFlush(bytes(1)).await().cause()));
            client.connect(wires.address()).sync();
            client.writeAndFlush(bytes(1)).sync();
            client.disconnect().sync();
            trace.await("unregistered");
            outcome.addAll(trace.events());
        }),
        CONNECTED_IN_CHANNEL_REGISTERED((wires, outcome) -> {
            wires.listen(wires.server(p -> {}));
            Trace trace = new Trace() {
                @Override
                public void channelRegistered(ChannelHandlerContext ctx) {
                    super.channelRegistered(ctx);
                    ctx.connect(wires.address()).addListener(f -> note("connected " + f.isSuccess()));
                }
            };
            Channel client =
                    wires.client(p -> p.addLast(trace)).register().sync().channel();
            trace.await("active");
            client.close().sync();
            trace.await("unregistered");
            outcome.addAll(trace.events());
        }),
        WRITABILITY((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires, server -> server.childOption(ChannelOption.AUTO_READ, false), new Trace(), new Trace());
            ChannelFuture written = ends.client
                    .eventLoop()
                    .submit(() -> ends.client.writeAndFlush(bytes(TOO_MUCH)))
                    .get();
            ends.clientTrace.await("unwritable");
            outcome.add(ends.client.isWritable() + " " + ends.client.bytesBeforeUnwritable() + " "
                    + (ends.client.bytesBeforeWritable() > 0) + " " + written.isDone());
            ends.server.config().setAutoRead(true);
            ends.serverTrace.awaitRead(TOO_MUCH);
            written.sync();
            ends.clientTrace.await("writable");
            outcome.add("" + ends.client.bytesBeforeUnwritable());
            ends.client.close().sync();
            ends.awaitClosed(outcome);
        }),
        ABORTED((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires, server -> server.childOption(ChannelOption.SO_LINGER, 0), new Trace(), new Trace() {
                        @Override
                        public void channelRead(ChannelHandlerContext ctx, Object msg) {
                            // As much of it as comes before the end overtakes the rest.
                            ReferenceCountUtil.release(msg);
                        }
                    });
            ends.client.writeAndFlush(bytes(1)).sync();
            ends.serverTrace.awaitRead(1);
            // A fast reader could take all of it at once.
            ends.client.config().setAutoRead(false);
            ends.server
                    .eventLoop()
                    .submit(() -> {
                        ends.server
                                .writeAndFlush(bytes(TOO_MUCH))
                                .addListener(f -> outcome.add(Trace.nameOf(f.cause())));
                        ends.server.close();
                    })
                    .sync();
            ends.server.closeFuture().sync();
            ends.client.config().setAutoRead(true);
            ends.awaitClosed(outcome);
        }),
        REMOVED_HANDLERS((wires, outcome) -> {
            Ends ends = Ends.connect(wires, new Trace(), new Trace() {
                @Override
                public void handlerRemoved(ChannelHandlerContext ctx) {
                    note("removed " + ctx.channel().isOpen() + " "
                            + ctx.channel().isRegistered());
                }
            });
            ends.client.closeFuture().addListener(f -> outcome.add("close future"));
            ends.client.close().sync();
            ends.clientTrace.await("removed false false");
            ends.awaitClosed(outcome);
        }),
        HALF_CLOSED_AND_CLOSED_ON_THE_EVENT((wires, outcome) -> {
            Ends ends = Ends.connect(
                    wires,
                    server -> server.childOption(ChannelOption.ALLOW_HALF_CLOSURE, true),
                    new Trace() {
                        @Override
                        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                            super.userEventTriggered(ctx, event);
                            if (event == ChannelInputShutdownEvent.INSTANCE) {
                                ctx.writeAndFlush(bytes(500));
                                ctx.close();
                            }
                        }
                    },
                    new Trace());
            ((DuplexChannel) ends.client).shutdownOutput().sync();
            ends.awaitClosed(outcome);
            outcome.add("" + ends.clientTrace.readBytes());
        });

        private final Story story;

        Scenario(Story story) {
            this.story = story;
        }
    }

    private interface Story {
        void run(Wires wires, List<String> outcome) throws Exception;
    }

    /** Both ends of a connection, and what each was told. */
    private record Ends(Channel client, Channel server, Trace clientTrace, Trace serverTrace) {

        static Ends connect(Wires wires, Trace serverTrace, Trace clientTrace) throws InterruptedException {
            return connect(wires, server -> {}, serverTrace, clientTrace);
        }

        static Ends connect(Wires wires, Consumer<ServerBootstrap> options, Trace serverTrace, Trace clientTrace)
                throws InterruptedException {
            ServerBootstrap server = wires.server(p -> p.addLast(serverTrace));
            options.accept(server);
            Channel client = wires.connect(server, wires.client(p -> p.addLast(clientTrace)));
            return new Ends(client, wires.accepted(), clientTrace, serverTrace);
        }

        void awaitClosed(List<String> outcome) {
            clientTrace.await("unregistered");
            serverTrace.await("unregistered");
            outcome.add("client: " + clientTrace.events());
            outcome.add("server: " + serverTrace.events());
        }
    }

    private static ByteBuf bytes(int length) {
        return Unpooled.buffer(length, length).writeZero(length);
    }

    @OneIn(2)
    @ParameterizedTest
    @EnumSource
    void shouldBeAsOnASocket(Scenario scenario) throws Exception {
        List<String> expected = run(scenario, Kind.SOCKET);
        for (Kind kind : List.of(Kind.TWO_PATHS_NIO, Kind.TWO_PATHS_EPOLL)) {
            assertThat(run(scenario, kind)).as(kind.name()).isEqualTo(expected);
        }
    }

    private static List<String> run(Scenario scenario, Kind kind) throws Exception {
        List<String> outcome = new CopyOnWriteArrayList<>();
        try (Wires wires = new Wires(kind)) {
            scenario.story.run(wires, outcome);
        }
        return new ArrayList<>(outcome);
    }
}
