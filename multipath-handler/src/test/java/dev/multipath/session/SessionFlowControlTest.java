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

/** {@code docs/PROTOCOL.md} 4.4. */
class SessionFlowControlTest {

    private static final int KIB = 1 << 10;
    private static final int LIMIT_BYTES = 1 << 20;

    /** The smallest window, and the smallest buffer. */
    private static final SessionConfig SMALL = new SessionConfig(
            8 << 20,
            LIMIT_BYTES,
            64 * KIB,
            Duration.ofSeconds(10),
            Duration.ofMinutes(1),
            new ExtendedConfig(true, false, Duration.ofSeconds(60), 64 * KIB, Duration.ofSeconds(10), 16));

    private static ExtendedFixture small() {
        return new ExtendedFixture(SessionRole.SERVER, SMALL);
    }

    private static long dataBytes(List<String> sent) {
        return sent.stream()
                .filter(words -> words.contains(": frame "))
                .mapToLong(words -> Long.parseLong(words.substring(words.lastIndexOf(' ') + 1)))
                .sum();
    }

    // ---- as sender

    @Requirement("FLOW-1")
    @Test
    void shouldSendSixtyFourKibibytesUnasked() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            server.receive(subflow, ControlFrame.PONG);
            server.send(100 * KIB);

            assertThat(dataBytes(server.transmit())).isEqualTo(64 * KIB);
            assertThat(server.transmit()).isEmpty();
            server.receive(subflow, ExtendedFixture.hello(80 * KIB, 60_000, null));
            // Credit is there, but 64 KiB are in flight.
            assertThat(server.transmit()).isEmpty();
            server.receiveAck(subflow, 14, 4);
            assertThat(dataBytes(server.transmit())).isEqualTo(16 * KIB);
        }
    }

    @Requirement("FLOW-1")
    @Test
    void shouldSendWhatIsGrantedAndNotAByteMore() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.send(200 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);
            assertThat(server.transmit()).isEmpty();

            server.receiveGrant(subflow, 64 * KIB + 1);
            assertThat(server.transmit()).containsExactly("0: frame 14 of 1");
            server.receiveGrant(subflow, 64 * KIB + 10_001);
            assertThat(server.transmit()).containsExactly("0: frame 15 of 10000");
        }
    }

    @Requirement("FLOW-2")
    @Test
    void shouldHoldTheGreatestGrant() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.receiveGrant(subflow, 70 * KIB);
            server.receiveGrant(subflow, 0);
            server.receiveGrant(subflow, 65 * KIB);
            server.send(200 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);

            assertThat(server.transmit()).containsExactly("0: frame 14 of " + 6 * KIB);
        }
    }

    @Requirement("FLOW-3")
    @Test
    void shouldNotCountRepeatedFramesAgain() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10, server.helloOfPeer(64 * KIB));
            server.join(50);
            server.send(64 * KIB);
            server.transmit();
            server.fail(first);

            assertThat(dataBytes(server.transmit())).isEqualTo(64 * KIB);
        }
    }

    @Requirement("FLOW-6")
    @Test
    void shouldSendAFinWithoutCredit() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.send(64 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);
            server.session.shutdownOutput();

            assertThat(server.transmit()).containsExactly("0: fin 14");
        }
    }

    @Requirement("FLOW-7")
    @Test
    void shouldAskForCreditAfterItsTimeOutAndEverMoreSlowly() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.join(20);
            server.send(200 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);
            server.transmit();
            List<Long> askedAfterMillis = new ArrayList<>();
            long startNanos = server.nowNanos();
            while (server.nowNanos() - startNanos < 25_000 * ExtendedFixture.MILLISECOND) {
                server.passToDeadline();
                List<String> sent = server.transmit();
                if (sent.contains("0: ping")) {
                    assertThat(sent).containsExactly("0: ping", "1: ping");
                    askedAfterMillis.add((server.nowNanos() - startNanos) / ExtendedFixture.MILLISECOND);
                }
                for (Subflow each : server.session.subflows()) {
                    server.receive(each, ControlFrame.PONG);
                }
            }

            assertThat(askedAfterMillis).startsWith(200L, 600L, 1_400L, 3_000L, 6_200L, 11_200L, 16_200L);
        }
    }

    @Test
    void shouldAskSoonAgainOnceItWasGrantedSomething() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.send(200 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);
            for (int i = 0; i < 3; i++) {
                server.passToDeadline();
                assertThat(server.transmit()).containsExactly("0: ping");
                server.passMillis(10);
                server.receive(subflow, ControlFrame.PONG);
                server.transmit();
            }
            server.receiveGrant(subflow, 65 * KIB);
            server.transmit();
            server.receiveAck(subflow, 15, 5);
            server.transmit();

            assertThat(server.passToDeadline()).isEqualTo(200);
            assertThat(server.transmit()).containsExactly("0: ping");
        }
    }

    @Test
    void shouldNotAskWithoutData() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
            server.send(64 * KIB);
            server.transmit();
            server.receiveAck(subflow, 14, 4);

            assertThat(server.run(10_000)).isEmpty();
        }
    }

    @Requirement({"FLOW-8", "END-2", "LIM-2"})
    @Test
    void shouldStayWithin4096FramesWhateverTheCredit() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(1L << 40));
            for (int i = 0; i < WindowLimits.MAX_FRAMES; i++) {
                assertThat(server.sendAndTransmit(1)).hasSize(1);
            }
            assertThat(server.sendAndTransmit(1)).isEmpty();
            server.session.shutdownOutput();
            assertThat(server.transmit()).isEmpty();

            server.receiveAck(subflow, 11, 1);
            assertThat(server.transmit()).containsExactly("0: frame 4106 of 1");
            server.receiveAck(subflow, 12, 2);
            assertThat(server.transmit()).containsExactly("0: fin 4107");
        }
    }

    // ---- as receiver

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

    /** Below what an end may send unasked a grant means nothing, or its sender would have broken it before it heard of it. */
    @Requirement("HELLO-10")
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64 * KIB - 1, 64 * KIB})
    void shouldTakeALowGrantOfAHelloForSixtyFourKibibytes(long maxDataBytes) {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(maxDataBytes));
            server.send(100 * KIB);

            assertThat(dataBytes(server.transmit())).isEqualTo(64 * KIB);
            server.receiveAck(subflow, 14, 4);
            assertThat(server.transmit()).isEmpty();
        }
    }

    @Requirement("FLOW-6")
    @Test
    void shouldSayAllButDataWithoutCredit() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10, server.helloOfPeer(64 * KIB));
            Subflow second = server.join(20);
            server.send(100 * KIB);
            server.transmit();
            server.receiveAck(first, 14, 4);
            assertThat(server.transmit()).isEmpty();

            server.receiveData(first, 10, 8 * KIB);
            server.receive(first, ControlFrame.PING);
            server.announceOne();
            server.session.setBackup(second, true);

            assertThat(server.transmit())
                    .containsExactly(
                            "0: address 1 at 80",
                            "0: path 1 backup",
                            "0: ack 11, here 1, grant " + ExtendedFixture.WINDOW_BYTES,
                            "0: pong");
            server.session.abort(300, "");
            assertThat(server.transmit()).contains("0: reset 300");
        }
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
