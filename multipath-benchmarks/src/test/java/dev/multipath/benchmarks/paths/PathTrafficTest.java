package dev.multipath.benchmarks.paths;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipath.path.MultipathAddress;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.codec.quic.Quic;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PathTrafficTest {

    private static final long WAIT_SECONDS = 60;

    private final BlockingQueue<String> reports = new LinkedBlockingQueue<>();
    private final Wiring wiring = new Wiring("NIO", "bbr", Coupled.NONE);
    private EventLoopGroup group;
    private Channel server;

    @BeforeEach
    void listen() throws InterruptedException {
        group = wiring.newGroup("paths");
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        server = wiring.bind(group, MultipathAddress.of(any, any), null, reports::add);
    }

    @AfterEach
    void close() throws InterruptedException {
        server.close().sync();
        wiring.end(group);
    }

    private void run(ChannelHandler handler) throws InterruptedException {
        Channel client = wiring.connect(group, (MultipathAddress) server.localAddress(), handler);
        assertThat(client.closeFuture().await(WAIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private static void assertThatBulkWasMeasured(String json) throws Exception {
        JsonNode measured = new ObjectMapper().readTree(json);
        long binned = 0;
        for (JsonNode bin : measured.get("bins")) {
            binned += bin.asLong();
        }
        assertThat(measured.get("bytes").asLong()).isPositive().isEqualTo(binned);
        assertThat(measured.get("t0").isNumber()).isTrue();
        assertThat(measured.get("gaps").isArray()).isTrue();
    }

    @Test
    void shouldTellWhenTheBytesOfAnUploadCame() throws Exception {
        run(new BulkHandler(new Job(Job.Kind.UPLOAD, 0, 0), TimeUnit.MILLISECONDS.toNanos(50)));
        assertThatBulkWasMeasured(reports.poll(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void shouldTellWhenTheBytesOfADownloadCame() throws Exception {
        BulkHandler handler = new BulkHandler(new Job(Job.Kind.DOWNLOAD, 50, 0), 0);
        run(handler);
        assertThatBulkWasMeasured(handler.timeline().toJson());
    }

    /** One path over TCP, one over QUIC. */
    @Test
    void shouldMeasureWhatGoesOverQuicToo() throws Exception {
        assumeTrue(Quic.isAvailable());
        server.close().sync();
        server = wiring.bind(
                group,
                MultipathAddress.of(Wiring.address("127.0.0.1:0"), Wiring.address("quic://127.0.0.1:0")),
                null,
                reports::add);
        run(new BulkHandler(new Job(Job.Kind.UPLOAD, 0, 0), TimeUnit.MILLISECONDS.toNanos(50)));
        assertThatBulkWasMeasured(reports.poll(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    @Test
    void shouldTellHowLongEachRequestTook() throws Exception {
        RequestHandler handler = new RequestHandler(new Job(Job.Kind.REQUESTS, 64, 100 << 10), 5, false);
        run(handler);
        assertThat(handler.millis()).hasSize(5).allMatch(millis -> millis > 0);
        assertThat(handler.firstByteMillis())
                .isPositive()
                .isLessThanOrEqualTo(handler.millis().get(0));
    }
}
