package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.4, as receiver: what the peer is granted. */
class SessionReceiveCreditTest {

    private static final int KIB = 1 << 10;
    private static final int LIMIT_BYTES = 1 << 20;

    /** The smallest window, and the smallest buffer. */
    private static final SessionConfig SMALL = new SessionConfig(
            8 << 20,
            LIMIT_BYTES,
            64 * KIB,
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            new ExtendedConfig(true, false, Duration.ofSeconds(60), 64 * KIB, Duration.ofSeconds(10), 16, false));

    private static ExtendedFixture small() {
        return new ExtendedFixture(SessionRole.SERVER, SMALL);
    }

    @Test
    void shouldGrantAQuarterWindowAtATime() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10, 16 * KIB - 1);
            server.run(5);
            assertThat(server.read()).isEqualTo(16 * KIB - 1);
            assertThat(server.transmit()).isEmpty();

            server.receiveData(subflow, 11, 1);
            server.read();

            assertThat(server.transmit()).containsExactly("0: ack 12, here 2, grant " + 80 * KIB);
        }
    }

    @Test
    void shouldGrantNothingWhileTheApplicationDoesNotRead() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10, 64 * KIB);
            // Until a peer that does not say whether it lives is called stale.
            assertThat(server.run(500))
                    .filteredOn(words -> words.contains("ack"))
                    .containsExactly("0: ack 11, here 1, grant " + 64 * KIB);

            server.receive(subflow, ControlFrame.PING);
            assertThat(server.transmit()).contains("0: ack 11, here 1, grant " + 64 * KIB);
            server.read();
            assertThat(server.transmit()).containsExactly("0: ack 11, here 1, grant " + 128 * KIB);
        }
    }

    @Test
    void shouldGrantOnASubflowThatCanBeWrittenTo() {
        try (ExtendedFixture server = small()) {
            Subflow near = server.first(10);
            server.join(50);
            server.receiveData(near, 10, 64 * KIB);
            server.run(0);
            server.session.onWritabilityChanged(near, false);
            server.read();

            assertThat(server.transmit()).containsExactly("1: ack 11, here 0, grant " + 128 * KIB);
        }
    }

    @Test
    void shouldGrantLaterWhenNoSubflowCanBeWrittenToNow() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10, 64 * KIB);
            server.run(0);
            server.session.onWritabilityChanged(subflow, false);
            server.read();
            assertThat(server.transmit()).isEmpty();

            server.session.onWritabilityChanged(subflow, true);

            assertThat(server.transmit()).containsExactly("0: ack 11, here 1, grant " + 128 * KIB);
        }
    }

    @Test
    void shouldGrantAgainOnTheNextSubflowWhenTheGrantsSubflowFailed() {
        try (ExtendedFixture server = small()) {
            Subflow first = server.first(10);
            server.join(50);
            server.receiveData(first, 10, 64 * KIB);
            server.read();
            assertThat(server.transmit()).containsExactly("0: ack 11, here 1, grant " + 128 * KIB);

            server.fail(first);

            assertThat(server.transmit()).contains("1: ack 11, here 0, grant " + 128 * KIB);
        }
    }

    @Test
    void shouldGrantInHelloWhatWasReadWithoutSubflows() {
        try (ExtendedFixture server = small()) {
            Subflow first = server.first(10);
            server.receiveData(first, 10, 64 * KIB);
            server.fail(first);
            server.read();
            server.transmit();

            server.joinAsClient(1);

            assertThat(server.transmit()).contains("1: hello, grant " + 128 * KIB);
        }
    }

    @Requirement("LIM-3")
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 50, 200})
    void shouldDoubleTheWindowUpToTheBufferForAFastReader(long rttMillis) {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(rttMillis);
            long granted = 64 * KIB;
            long received = 0;
            long number = 10;
            long window = 0;
            for (int round = 0; round < 40; round++) {
                while (received < granted) {
                    int bytes = (int) Math.min(16 * KIB, granted - received);
                    server.receiveData(subflow, number++, bytes);
                    received += bytes;
                    server.read();
                }
                server.transmit();
                granted = server.sent(CumulativeAckFrame.class).maxDataBytes();
                assertThat(granted - received).isBetween(window, (long) LIMIT_BYTES);
                window = granted - received;
                server.passMillis(rttMillis);
            }
            assertThat(window).isEqualTo(LIMIT_BYTES);
        }
    }

    @Test
    void shouldNotLetTheWindowGrowForASlowReader() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            for (int i = 0; i < 40; i++) {
                server.receiveData(subflow, 10 + i, 16 * KIB);
                server.passMillis(20);
                server.read();
                server.transmit();
            }

            assertThat(server.sent(CumulativeAckFrame.class).maxDataBytes()).isEqualTo((40 * 16 + 64) * KIB);
        }
    }

    @Requirement("FLOW-4")
    @Test
    void shouldTakeAllThatWasGrantedInAnyOrder() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            for (int i = 63; i >= 0; i--) {
                server.receiveData(subflow, 10 + i, KIB);
            }
            assertThat(server.session.bufferedReceiveBytes()).isEqualTo(64 * KIB);
            assertThat(server.read()).isEqualTo(64 * KIB);
        }
    }

    @Requirement({"ERR-2", "ERR-15"})
    @Test
    void shouldRefuseAByteMoreThanGranted() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10, 64 * KIB);
            DataFrame more = ExtendedFixture.data(11, 1);

            server.refuse(subflow, more, FlowControlException.class);

            assertThat(more.refCnt()).isZero();
            assertThat(server.session.state()).isEqualTo(SessionState.OPEN);
            assertThat(server.read()).as("what was accepted before is not lost").isEqualTo(64 * KIB);
        }
    }

    @Requirement("FLOW-3")
    @Test
    void shouldNotCountDuplicatesAgainstTheCredit() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            for (int i = 0; i < 10; i++) {
                server.receiveData(subflow, 11, 32 * KIB);
            }
            server.receiveData(subflow, 10, 32 * KIB);
            server.receiveData(subflow, 10, 32 * KIB);

            assertThat(server.read()).isEqualTo(64 * KIB);
        }
    }

    @Requirement({"ERR-15", "LIM-2"})
    @Test
    void shouldRefuseFramesBeyondTheWindow() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10 + 4095, 1);
            server.refuse(subflow, ExtendedFixture.data(10 + 4096, 1), FlowControlException.class);
        }
        try (ExtendedFixture server = small()) {
            server.refuse(server.first(10), new FinFrame(10 + 4096), FlowControlException.class);
        }
        try (ExtendedFixture server = small()) {
            server.refuse(server.first(10), ExtendedFixture.data((1L << 62) - 1, 1), FlowControlException.class);
        }
    }

    @Requirement("FLOW-5")
    @Test
    void shouldAlwaysWantInput() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            server.receiveData(subflow, 10, 64 * KIB);

            assertThat(server.session.wantsInput()).isTrue();
        }
    }

    /** Each buffer that is kept costs some 200 bytes, whatever is in it. */
    @Test
    void shouldPutSmallFramesTogetherThatNobodyReads() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            List<ByteBuf> payloads = new ArrayList<>();
            for (int i = 0; i < 64 * KIB; i++) {
                payloads.add(server.receiveData(subflow, 10 + i, 1));
            }
            assertThat(payloads).filteredOn(payload -> payload.refCnt() > 0).hasSizeLessThan(1_100);
            int pieces = 0;
            ByteBuf piece;
            long bytes = 0;
            while ((piece = server.session.pollReceived()) != null) {
                pieces++;
                bytes += piece.readableBytes();
                piece.release();
            }
            assertThat(bytes).isEqualTo(64 * KIB);
            assertThat(pieces).isLessThan(1_100);
        }
    }

    @Test
    void shouldKeepTheOrderOfBytesThatWerePutTogether() {
        try (ExtendedFixture server = small()) {
            Subflow subflow = server.first(10);
            int count = 3_000;
            long number = 10;
            for (int i = 0; i < count; i++) {
                // Now and then a large one between, or a hole that is filled at once.
                int bytes = i % 500 == 499 ? 5_000 : 2;
                if (i % 7 == 0 && i + 1 < count && i % 500 < 498) {
                    server.receive(subflow, numbered(number + 1, i + 1, 2));
                    server.receive(subflow, numbered(number, i, 2));
                    number += 2;
                    i++;
                } else {
                    server.receive(subflow, numbered(number++, i, bytes));
                }
            }
            int expected = 0;
            ByteBuf piece;
            while ((piece = server.session.pollReceived()) != null) {
                while (piece.isReadable()) {
                    assertThat(piece.readUnsignedShort()).isEqualTo(expected);
                    if (expected % 500 == 499) {
                        piece.skipBytes(4_998);
                    }
                    expected++;
                }
                piece.release();
            }
            assertThat(expected).isEqualTo(count);
        }
    }

    private static DataFrame numbered(long frameNumber, int value, int bytes) {
        ByteBuf payload = SessionFixture.buffer(bytes);
        payload.setShort(0, value);
        return new DataFrame(frameNumber, payload);
    }

    @Test
    void shouldGrantOnTheNearestSubflow() {
        try (ExtendedFixture server = small()) {
            Subflow far = server.first(50);
            server.join(10);
            server.receiveData(far, 10, 64 * KIB);
            server.run(0);
            server.read();

            assertThat(server.transmit()).containsExactly("1: ack 11, here 0, grant " + 128 * KIB);
        }
    }
}
