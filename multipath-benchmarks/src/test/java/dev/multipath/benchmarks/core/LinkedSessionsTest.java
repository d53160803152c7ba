package dev.multipath.benchmarks.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.Frame;
import dev.multipath.scheduler.RoundRobinScheduler;
import dev.multipath.session.Subflow;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LinkedSessionsTest {

    private static final int FRAMES = 640;
    private static final long FIRST = DataFrame.FIRST_FRAME_NUMBER;

    private static LinkedSessions open(int subflows, int frameBytes, boolean extended, Arrival arrival)
            throws Exception {
        return new LinkedSessions(subflows, frameBytes, extended, RoundRobinScheduler::new, arrival);
    }

    @ParameterizedTest
    @CsvSource({"1, 1024, true", "2, 16384, true", "4, 65536, true", "16, 16384, true", "4, 1024, false"})
    void eachPayloadIsAFrameAndEachSubflowCarriesItsShare(int subflows, int frameBytes, boolean extended)
            throws Exception {
        ByteBuf payload = ByteBufAllocator.DEFAULT.directBuffer(frameBytes).writeZero(frameBytes);
        try (LinkedSessions sessions = open(subflows, frameBytes, extended, Arrival.IN_ORDER)) {
            long framesBefore = sessions.dataFrames();
            long[] before = sessions.subflows().stream()
                    .mapToLong(Subflow::carriedBytes)
                    .toArray();
            sessions.send(payload, FRAMES, 0);
            assertThat(sessions.dataFrames() - framesBefore).isEqualTo(FRAMES);
            for (int i = 0; i < subflows; i++) {
                long carried = sessions.subflows().get(i).carriedBytes() - before[i];
                assertThat(carried).isEqualTo((long) FRAMES / subflows * frameBytes);
            }
        } finally {
            payload.release();
        }
        assertThat(payload.refCnt()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void noOrderMakesFramesBeSentTwice(Arrival arrival) throws Exception {
        ByteBuf payload = ByteBufAllocator.DEFAULT.directBuffer(1024).writeZero(1024);
        try (LinkedSessions sessions = open(2, 1024, true, arrival)) {
            long before = sessions.dataFrames();
            sessions.send(payload, FRAMES, 0);
            assertThat(sessions.dataFrames() - before).isEqualTo(FRAMES);
        } finally {
            payload.release();
        }
    }

    @Test
    void framesArriveInTheOrderThatIsAskedFor() throws Exception {
        assertThat(arranged(Arrival.IN_ORDER)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(arranged(Arrival.SWAPPED)).containsExactly(2L, 1L, 4L, 3L, 5L);
        assertThat(arranged(Arrival.ONE_LATE)).containsExactly(2L, 4L, 1L, 3L, 5L);
    }

    /** Five frames, on two subflows in turn. */
    private static List<Long> arranged(Arrival arrival) throws Exception {
        try (LinkedSessions sessions = open(2, 1024, true, arrival)) {
            List<Frame> frames = new ArrayList<>();
            List<Subflow> receivers = new ArrayList<>();
            for (int i = 1; i <= 5; i++) {
                frames.add(new AckFrame(FIRST + i));
                receivers.add(sessions.subflows().get((i - 1) % 2));
            }
            arrival.arrange(frames, receivers);
            List<Long> numbers = new ArrayList<>();
            for (int i = 0; i < frames.size(); i++) {
                long number = ((AckFrame) frames.get(i)).frameNumber() - FIRST;
                assertThat(receivers.get(i)).isSameAs(sessions.subflows().get((int) (number - 1) % 2));
                numbers.add(number);
            }
            assertThat(frames).hasSameSizeAs(receivers);
            return numbers;
        }
    }
}
