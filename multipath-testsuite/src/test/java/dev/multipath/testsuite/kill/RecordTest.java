package dev.multipath.testsuite.kill;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

/** What checks must itself be able to fail. */
class RecordTest {

    private static final Plan PLAN = planOfBothWays();

    private final Record record = new Record(PLAN, Direction.UP, System.nanoTime());

    private static Plan planOfBothWays() {
        for (long seed = 0; ; seed++) {
            Plan plan = Planner.plan(3, seed);
            if (plan.traffic() == Plan.Traffic.BOTH) {
                return plan;
            }
        }
    }

    private void receive(int session, Direction direction, long offset, int length) {
        ByteBuf bytes = Unpooled.wrappedBuffer(Content.bytes(session, direction, offset, length));
        record.onReceived(bytes);
        assertThat(bytes.readableBytes()).isEqualTo(length);
    }

    @Test
    void shouldAcceptTheRightBytes() {
        receive(3, Direction.DOWN, 0, 17);
        receive(3, Direction.DOWN, 17, 1000);

        assertThat(record.wrongByte()).isNull();
        assertThat(record.receivedBytes).isEqualTo(1017);
    }

    @Test
    void shouldSayWhichByteIsWrongAndWhoseItIs() {
        receive(3, Direction.DOWN, 0, 17);
        receive(44, Direction.UP, 0, 100);

        assertThat(record.wrongByte())
                .startsWith("offset 17 of what session 3 receives DOWN")
                .endsWith("which is session 44 UP offset 0");
    }

    @Test
    void shouldSeeBytesThatAreLost() {
        receive(3, Direction.DOWN, 0, 17);
        receive(3, Direction.DOWN, 18, 100);

        assertThat(record.wrongByte()).contains("offset 17 ").endsWith("which is session 3 DOWN offset 18");
    }

    @Test
    void shouldNotTakeAnEndBehindAnExceptionForAnOrderlyOne() {
        record.onException(new ClosedChannelException());
        record.onInactive(false);

        assertThat(record.inputEnded).isFalse();
        assertThat(record.hasFailed()).isTrue();
    }

    @Test
    void shouldSeeWhatComesBehindTheEnd() {
        record.onInactive(false);
        record.onException(new ClosedChannelException());

        assertThat(record.disorder()).contains("behind channelInactive");
    }
}
