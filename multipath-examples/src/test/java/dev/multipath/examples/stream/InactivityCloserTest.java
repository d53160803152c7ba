package dev.multipath.examples.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In virtual time. */
final class InactivityCloserTest {
    private static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final MockTicker ticker = Ticker.newMockTicker();
    private EmbeddedChannel channel;

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldStayOpenForeverWhenNothingLimitsIt() {
        open(NEVER, SECOND);
        pass(Duration.ofDays(3));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void shouldCloseOnceItIsQuietAfterItsInputEnded() {
        open(NEVER, SECOND);
        endInput();
        pass(Duration.ofMillis(900));
        receive();
        pass(Duration.ofMillis(900));
        assertThat(channel.isOpen()).isTrue();
        pass(Duration.ofMillis(350));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldCloseAtOnceWhenTheQuietLimitIsZero() {
        open(NEVER, Duration.ZERO);
        receive();
        assertThat(channel.isOpen()).isTrue();
        endInput();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldStayOpenAfterItsInputEndedWhenThePeerIsToClose() {
        open(NEVER, NEVER);
        endInput();
        pass(Duration.ofDays(3));
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void shouldCloseWhenIdleAndNotBefore() {
        open(SECOND, NEVER);
        pass(Duration.ofMillis(700));
        receive();
        pass(Duration.ofMillis(700));
        channel.writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
        pass(Duration.ofMillis(700));
        assertThat(channel.isOpen()).isTrue();
        pass(Duration.ofMillis(400));
        assertThatThrownBy(channel::checkException)
                .isInstanceOf(AbandonedException.class)
                .hasMessage("nothing moved for 1.0 s");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldNotCallThePeerQuietWhileNobodyReads() {
        open(NEVER, SECOND);
        channel.config().setAutoRead(false);
        endInput();
        pass(Duration.ofSeconds(5));
        assertThat(channel.isOpen()).isTrue();
        channel.config().setAutoRead(true);
        // As long again as the pause was, which is seen in steps of a quarter of the quiet limit.
        pass(Duration.ofMillis(4900));
        assertThat(channel.isOpen()).isTrue();
        pass(Duration.ofMillis(1000));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void shouldBoundItsPatienceAfterALongPause() {
        open(NEVER, SECOND);
        channel.config().setAutoRead(false);
        endInput();
        pass(Duration.ofHours(1));
        channel.config().setAutoRead(true);
        pass(Duration.ofMinutes(1));
        assertThat(channel.isOpen()).isFalse();
    }

    /** Its input may have more, which is only not read because there is no room for it. */
    @Test
    void shouldNotCallAnInputQuietThatAPeerWhichHasEndedDoesNotTake() {
        open(NEVER, NEVER, SECOND);
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        pass(Duration.ofMinutes(1));
        assertThat(channel.isOpen()).isTrue();

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        pass(Duration.ofMillis(700));
        assertThat(channel.isOpen()).isTrue();
        pass(Duration.ofMillis(700));
        assertThat(channel.isOpen()).isFalse();
    }

    private void open(Duration idleLimit, Duration quietLimit) {
        open(idleLimit, quietLimit, NEVER);
    }

    private void open(Duration idleLimit, Duration quietLimit, Duration answerLimit) {
        channel = EmbeddedChannel.builder()
                .ticker(ticker)
                .handlers(new InactivityCloser(idleLimit, quietLimit, answerLimit))
                .build();
    }

    private void endInput() {
        channel.pipeline().fireUserEventTriggered(InputEnd.INSTANCE);
        channel.runPendingTasks();
    }

    private void receive() {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[1]));
    }

    /** In small steps, as timers set by a timer count from when it runs. */
    private void pass(Duration time) {
        long stepMillis = Math.max(10, time.toMillis() / 1000);
        for (long passed = 0; passed < time.toMillis(); passed += stepMillis) {
            ticker.advance(Math.min(stepMillis, time.toMillis() - passed), TimeUnit.MILLISECONDS);
            channel.runPendingTasks();
            channel.runScheduledPendingTasks();
        }
    }
}
