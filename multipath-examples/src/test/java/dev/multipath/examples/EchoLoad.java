package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Sessions with an echo server, so many at a time, one behind the other; each byte is looked at. */
final class EchoLoad {
    /** Of each stream at the most; they are of all sizes. */
    private static final int MOST_BYTES = 30_000;

    private final Bootstrap bootstrap;
    private final int concurrent;
    private final AtomicLong finished = new AtomicLong();
    private final AtomicLong opened = new AtomicLong();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Queue<CompletableFuture<Void>> workers = new ConcurrentLinkedQueue<>();
    private volatile boolean stopped;

    EchoLoad(Bootstrap bootstrap, int concurrent) {
        this.bootstrap = bootstrap;
        this.concurrent = concurrent;
    }

    static Bootstrap bootstrap(EventLoopGroup group, MultipathAddress address) {
        return new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .remoteAddress(address)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel session) {
                        session.pipeline().addLast(new Stream(session));
                    }
                });
    }

    /** A stream that lasts; waits until there is one. */
    static Stream open(Bootstrap bootstrap) {
        return bootstrap.connect().syncUninterruptibly().channel().pipeline().get(Stream.class);
    }

    /** So many of them, each of which has two subflows by now and has had an echo. */
    static List<Stream> openOverTwoPaths(Bootstrap bootstrap, int count) {
        List<Stream> streams = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            streams.add(open(bootstrap));
        }
        for (Stream stream : streams) {
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> stream.session().subflows().size() == 2);
            stream.echo(1000);
        }
        return streams;
    }

    void start() {
        for (int i = 0; i < concurrent; i++) {
            CompletableFuture<Void> worker = new CompletableFuture<>();
            workers.add(worker);
            next(worker);
        }
    }

    private void next(CompletableFuture<Void> worker) {
        if (stopped) {
            worker.complete(null);
            return;
        }
        int bytes = (int) (opened.incrementAndGet() * 7919 % MOST_BYTES) + 1;
        bootstrap.connect().addListener(connected -> {
            if (!connected.isSuccess()) {
                failures.add(connected.cause());
                next(worker);
                return;
            }
            Channel session = ((ChannelFuture) connected).channel();
            session.pipeline().get(Stream.class).run(bytes).whenComplete((nothing, failure) -> {
                if (failure == null) {
                    finished.incrementAndGet();
                } else {
                    failures.add(failure);
                }
                next(worker);
            });
        });
    }

    /** Lets those that are under way finish. */
    void stop() {
        stopped = true;
        workers.forEach(
                worker -> assertThat(worker).succeedsWithin(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS));
    }

    /** How many streams were whole. */
    long finished() {
        return finished.get();
    }

    /** Sessions that were refused, and streams that were cut. */
    List<Throwable> failures() {
        return List.copyOf(failures);
    }

    /** One session. */
    static final class Stream extends ChannelInboundHandlerAdapter {
        private final Channel session;

        // on its event loop
        private long sentBytes;
        private long receivedBytes;
        private CompletableFuture<Void> echoed = CompletableFuture.completedFuture(null);
        private Throwable failure;

        Stream(Channel session) {
            this.session = session;
        }

        MultipathChannel session() {
            return (MultipathChannel) session;
        }

        private static byte at(long position) {
            return (byte) (position ^ position >> 8 ^ position >> 16);
        }

        private CompletableFuture<Void> begin(int bytes) {
            CompletableFuture<Void> begun = new CompletableFuture<>();
            session.eventLoop().execute(() -> {
                echoed = begun;
                if (failure != null || !session.isActive()) {
                    fail(new IllegalStateException("the session has ended"));
                    return;
                }
                ByteBuf buffer = session.alloc().buffer(bytes);
                for (int i = 0; i < bytes; i++) {
                    buffer.writeByte(at(sentBytes++));
                }
                session.writeAndFlush(buffer);
            });
            return begun;
        }

        /** Sends that much, waits for it, and closes. */
        CompletableFuture<Void> run(int bytes) {
            return begin(bytes).thenCompose(nothing -> close());
        }

        private CompletableFuture<Void> close() {
            CompletableFuture<Void> closed = new CompletableFuture<>();
            session.close().addListener(f -> {
                Throwable cause = f.cause() != null ? f.cause() : failure;
                if (cause == null) {
                    closed.complete(null);
                } else {
                    closed.completeExceptionally(cause);
                }
            });
            return closed;
        }

        /** As {@link #run}, without the end; waits. */
        void echo(int bytes) {
            assertThat(begin(bytes)).succeedsWithin(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        /** Closes, and waits. */
        void finish() {
            assertThat(close()).succeedsWithin(RunningCommand.TIME_LIMIT.toSeconds(), TimeUnit.SECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf buffer = (ByteBuf) msg;
            try {
                while (buffer.isReadable()) {
                    if (buffer.readByte() != at(receivedBytes++)) {
                        fail(new IllegalStateException("byte " + (receivedBytes - 1) + " is wrong"));
                    }
                }
            } finally {
                buffer.release();
            }
            if (receivedBytes == sentBytes) {
                echoed.complete(null);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            fail(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (receivedBytes < sentBytes) {
                fail(new IllegalStateException("cut after " + receivedBytes + " of " + sentBytes + " bytes"));
            }
        }

        private void fail(Throwable cause) {
            if (failure == null) {
                failure = cause;
            }
            echoed.completeExceptionally(failure);
        }
    }
}
