package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.session.SentFrame.Transmission;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class SentFrameTest {

    private final SubflowControl subflow =
            new SubflowControl(0, StatsTracker.NONE, Handshake.none(), new BandwidthDelayControl(), new Lateness(), 0);
    private final ByteBuf payload = SessionFixture.buffer(100);
    private final SentFrame frame = new SentFrame(10, payload);

    @Test
    void shouldBeAcknowledgedWhenItsPayloadIsReleased() {
        assertThat(frame.isAcknowledged()).isFalse();

        frame.release();
        frame.release();

        assertThat(frame.isAcknowledged()).isTrue();
        assertThat(payload.refCnt()).isZero();
    }

    @Test
    void shouldNotBeOnTheWayWhenItsOnlyCopyIsOnAStaleSubflow() {
        assertThat(frame.isOnTheWay()).isFalse();
        subflow.onSent(frame, 0);
        assertThat(frame.isOnTheWay()).isTrue();

        subflow.state(SubflowState.STALE);

        assertThat(frame.isOnTheWay()).isFalse();
        frame.release();
    }

    /** A receiver that drops a frame for hours must not make its sender keep every copy. */
    @Test
    void shouldForgetLostCopiesWhenItIsSentAgain() {
        for (int i = 0; i < 1000; i++) {
            subflow.onSent(frame, i);
            Transmission newest = subflow.oldestOutstanding();
            assertThat(newest.previous).isNull();
            assertThat(frame.wasSent()).isTrue();
            assertThat(frame.wasSentOnce()).isEqualTo(i == 0);
            newest.resolve();
        }

        assertThat(frame.transmissionOn(subflow)).isNull();
        assertThat(subflow.inFlightBytes()).isZero();
        frame.release();
    }

    /** A channel that writes a buffer moves its indices. */
    @Test
    void shouldCarryAllOfItsPayloadWhenAChannelHasWrittenTheFirstCopy() {
        subflow.onSent(frame, 0);
        ByteBuf first = payloadOfCopy();
        first.skipBytes(first.readableBytes());
        first.release();

        subflow.onSent(frame, 1);
        ByteBuf second = payloadOfCopy();

        assertThat(second.readableBytes()).isEqualTo(100);
        second.skipBytes(100).release();
        subflow.onSent(frame, 2);
        ByteBuf third = payloadOfCopy();
        assertThat(third.readableBytes()).isEqualTo(100);
        third.release();
        frame.release();
    }

    private ByteBuf payloadOfCopy() {
        AtomicReference<ByteBuf> written = new AtomicReference<>();
        frame.write(subflow, (carrier, copy) -> written.compareAndSet(null, ((DataFrame) copy).payload()));
        return written.get();
    }
}
