package dev.multipath.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import dev.multipath.channel.MultipathChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class EndsTest {

    private static final Stack PLAIN = new Stack(Transport.NIO, 0, false);
    private static final Stack TWO = new Stack(Transport.NIO, 2, false);
    private static final Duration SHORT = Duration.ofMillis(100);

    private static Ends open(Stack stack) throws Exception {
        return new Ends(stack, WriteBufferWaterMark.DEFAULT, ChannelInboundHandlerAdapter::new);
    }

    @Test
    void aSessionWithAllItsSubflowsIsComplete() throws Exception {
        try (Ends ends = open(TWO)) {
            ends.connect(ChannelInboundHandlerAdapter::new);
            ends.awaitSubflows();
            ends.requireComplete();
        }
    }

    @Test
    void bothEndsMayShareALoop() throws Exception {
        Stack stack = new Stack(Transport.NIO, 2, false, Stack.Loops.ONE);
        EventLoop[] server = new EventLoop[1];
        Supplier<ChannelHandler> application = () -> new ChannelInboundHandlerAdapter() {
            @Override
            public void handlerAdded(ChannelHandlerContext ctx) {
                server[0] = ctx.channel().eventLoop();
            }
        };
        try (Ends ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, application)) {
            Channel client = ends.connect(ChannelInboundHandlerAdapter::new);
            ends.awaitSubflows();
            EventLoop loop = client.eventLoop().submit(() -> server[0]).get();
            assertThat(client.eventLoop()).isSameAs(loop);
        }
        assertThat(new Bulk(1024, 64, false, WriteBufferWaterMark.DEFAULT, 1)
                        .run(stack.plain(), SHORT)
                        .values())
                .containsKey(Metric.CPU_SECONDS_PER_GIGABYTE);
    }

    @Test
    void aSessionThatHasLostOneFailsTheRun() throws Exception {
        try (Ends ends = open(TWO)) {
            MultipathChannel client = (MultipathChannel) ends.connect(ChannelInboundHandlerAdapter::new);
            ends.awaitSubflows();
            client.removePath(client.subflows().get(1).path()).sync();
            await().atMost(Duration.ofSeconds(60)).until(() -> client.subflows().size() == 1);
            assertThatThrownBy(ends::requireComplete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("nio multipath 2")
                    .hasMessageEndingWith("with 1 subflows");
        }
    }

    @Test
    void aClosedConnectionFailsTheRun() throws Exception {
        try (Ends ends = open(PLAIN)) {
            Channel client = ends.connect(ChannelInboundHandlerAdapter::new);
            ends.requireComplete();
            client.close().sync();
            assertThatThrownBy(ends::requireComplete)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageEndingWith("is closed");
        }
    }

    @Test
    void bulkAndEchoMeasureTheSameOfBoth() throws Exception {
        Bulk bulk = new Bulk(1024, 64, true, WriteBufferWaterMark.DEFAULT, 2);
        Echo echo = new Echo(64, 3);
        for (Stack stack : new Stack[] {PLAIN, TWO}) {
            Reading speed = bulk.run(stack, SHORT);
            assertThat(speed.values().get(Metric.MEGABYTES_PER_SECOND)).isPositive();
            assertThat(speed.values()).containsKey(Metric.ALLOCATED_BYTES_PER_FRAME);
            Reading latency = echo.run(stack, SHORT);
            assertThat(latency.values().get(Metric.REQUESTS_PER_SECOND)).isPositive();
            assertThat(latency.values().get(Metric.P50_MICROS)).isPositive();
        }
    }
}
