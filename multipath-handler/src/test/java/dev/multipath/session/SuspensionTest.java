package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How long a session waits without subflows: from its last progress, however often one came and went. */
class SuspensionTest {

    private static final long SECOND = 1_000 * VirtualSession.MILLISECOND;
    private static final long TIMEOUT = 60 * SECOND;
    private static final long NOW = 1_000 * SECOND;

    private final SendWindow sent = new SendWindow();
    private final ReceiveWindow received = new ReceiveWindow(1 << 20, UnpooledByteBufAllocator.DEFAULT);
    private final Suspension suspension = new Suspension(sent, received);

    @AfterEach
    void release() {
        sent.release();
        received.release();
    }

    /** Another subflow is there for so long. */
    private void resume(long atNanos) {
        assertThat(suspension.end(atNanos)).isTrue();
        assertThat(suspension.isUnderWay()).isFalse();
        assertThat(suspension.untilNanos()).isEqualTo(Deadline.NONE);
    }

    @Test
    void shouldWaitForItsTimeOut() {
        assertThat(suspension.end(NOW)).as("nothing is waited for").isFalse();
        assertThat(suspension.begin(TIMEOUT, NOW)).isTrue();

        assertThat(suspension.isUnderWay()).isTrue();
        assertThat(suspension.untilNanos()).isEqualTo(NOW + TIMEOUT);
        suspension.stop();
        assertThat(suspension.isUnderWay()).isFalse();
    }

    @Test
    void shouldNotWaitAtAllWithoutOne() {
        assertThat(suspension.begin(0, NOW)).isFalse();
        assertThat(suspension.isUnderWay()).isFalse();
    }

    @Test
    void shouldCountOnWhenASubflowHasBroughtNothing() {
        suspension.begin(TIMEOUT, NOW);
        resume(NOW + 50 * SECOND);
        assertThat(suspension.begin(TIMEOUT, NOW + 55 * SECOND - 1)).isTrue();
        assertThat(suspension.untilNanos()).isEqualTo(NOW + TIMEOUT);
        resume(NOW + 58 * SECOND);

        assertThat(suspension.begin(TIMEOUT, NOW + TIMEOUT))
                .as("the time is over")
                .isFalse();
    }

    @Test
    void shouldCountAnewWhenASubflowHasLasted() {
        suspension.begin(TIMEOUT, NOW);
        resume(NOW + 50 * SECOND);
        assertThat(suspension.begin(TIMEOUT, NOW + 55 * SECOND)).isTrue();

        assertThat(suspension.untilNanos()).isEqualTo(NOW + 115 * SECOND);
    }

    /** With a time-out of less than five seconds, that is long enough. */
    @Test
    void shouldCountAnewSoonerWithAShortTimeOut() {
        suspension.begin(2 * SECOND, NOW);
        resume(NOW + SECOND);
        assertThat(suspension.begin(2 * SECOND, NOW + 3 * SECOND)).isTrue();

        assertThat(suspension.untilNanos()).isEqualTo(NOW + 5 * SECOND);
    }

    @Test
    void shouldCountAnewWhenSomethingHasArrivedHereOrThere() {
        suspension.begin(TIMEOUT, NOW);
        resume(NOW + 50 * SECOND);
        received.offer(10, VirtualSession.buffer(1));
        suspension.begin(TIMEOUT, NOW + 51 * SECOND);
        assertThat(suspension.untilNanos()).isEqualTo(NOW + 111 * SECOND);
        resume(NOW + 100 * SECOND);
        sent.acknowledge(sent.add(VirtualSession.buffer(1)));

        suspension.begin(TIMEOUT, NOW + 101 * SECOND);
        assertThat(suspension.untilNanos()).isEqualTo(NOW + 161 * SECOND);
    }
}
