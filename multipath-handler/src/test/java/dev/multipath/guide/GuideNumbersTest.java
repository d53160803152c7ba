package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.dashboard.MultipathDashboardHandler;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathStats;
import dev.multipath.micrometer.MultipathMeterBinder;
import dev.multipath.path.MultipathAddress;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The chapters about what there is to be seen of sessions. */
class GuideNumbersTest extends GuideFixture {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(GuideNumbersTest.class);

    private static void show(MultipathServerChannel server) {
        for (SessionSnapshot session : server.sessions()) {
            MultipathStats stats = session.stats();
            LOGGER.info("{} {} {}", session.connectionId(), stats.age(), stats.unacknowledgedBytes());
            for (PathStats path : stats.paths()) {
                LOGGER.info("  {} {} {} {}", path.label(), path.state(), path.rtt(), path.measured());
            }
        }
    }

    @Test
    void shouldShowLiveSessions() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        Channel client = client().connect(server.localAddress()).sync().channel();
        assertThat(server.sessions()).isNotEmpty();
        show(server);
        assertEcho(client);
    }

    private static void measure(MeterRegistry registry, MultipathServerChannel server, MultipathChannel client) {
        MultipathMeterBinder meters = new MultipathMeterBinder();
        meters.bindTo(registry);
        meters.watch(server);
        meters.watch(client);
    }

    /** The table has every meter there is, with its unit and tags. */
    @Test
    void shouldMeasureAsTheTableSays() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        Channel client = client().connect(server.localAddress()).sync().channel();
        MeterRegistry registry = new SimpleMeterRegistry();
        measure(registry, server, (MultipathChannel) client);
        client.pipeline().get(ApplicationHandler.class).answers = answers;
        client.writeAndFlush(Unpooled.copiedBuffer("hello", StandardCharsets.UTF_8));
        assertThat(answers.poll(30, TimeUnit.SECONDS)).isEqualTo("hello");
        // Of which there is no meter before there is one.
        ((MultipathChannel) client).abort(256, "to see it fail");
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> {
            registry.getMeters().forEach(meter -> meter.measure().forEach(Measurement::getValue));
            return registry.find("multipath.sessions.failed").meter() != null
                    && registry.find("multipath.path.sent").meter() != null;
        });

        Set<List<Object>> there = registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> List.<Object>of(
                        id.getName(),
                        id.getType() == Meter.Type.TIMER ? "time" : id.getBaseUnit(),
                        id.getTags().stream()
                                .map(tag -> "`" + tag.getKey() + "`")
                                .collect(Collectors.toSet())))
                .collect(Collectors.toSet());
        Set<List<Object>> told = Document.of("docs/GUIDE.md").section("Metrics").codeRows().stream()
                .map(row -> List.<Object>of(
                        row.get(0),
                        row.get(1),
                        row.get(2).equals("-") ? Set.of() : Set.of(row.get(2).split(", "))))
                .collect(Collectors.toSet());
        assertThat(told).isEqualTo(there);
    }

    private static ChannelPipeline show(MultipathServerChannel server, ChannelPipeline pipeline) {
        MultipathDashboardHandler page = MultipathDashboardHandler.builder(server::sessions)
                .path("/paths/")
                .build();
        LOGGER.info("http://127.0.0.1:8080{}", page.pathAndToken());

        pipeline.addLast(new HttpServerCodec(), new HttpObjectAggregator(65536), page, new OtherRequests());
        return pipeline;
    }

    private static final class OtherRequests extends ChannelInboundHandlerAdapter {}

    @Test
    void shouldShowThePage() throws Exception {
        MultipathServerChannel server = (MultipathServerChannel)
                echoServer().bind(MultipathAddress.of(addressA)).sync().channel();
        EmbeddedChannel connection = new EmbeddedChannel();
        show(server, connection.pipeline());
        connection.writeInbound(Unpooled.copiedBuffer(
                "GET /paths/dashboard.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", StandardCharsets.US_ASCII));
        // It did not come by a loopback address.
        ByteBuf answer = connection.readOutbound();
        assertThat(answer.toString(StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 421 ");
        answer.release();
        connection.finishAndReleaseAll();
    }
}
