package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.4, as sender: what the peer has granted. */
class SessionSendCreditTest {

    private static final int KIB = 1 << 10;
    private static final int LIMIT_BYTES = 1 << 20;

    private static long dataBytes(List<String> sent) {
        return sent.stream()
                .filter(words -> words.contains(": frame "))
                .mapToLong(words -> Long.parseLong(words.substring(words.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** So much was written; the peer has granted 64 KiB of it, and has them. */
    private static Subflow withCreditUsedUp(ExtendedFixture server, int writtenBytes) {
        Subflow subflow = server.first(10, server.helloOfPeer(64 * KIB));
        server.send(writtenBytes);
        server.transmit();
        server.receiveAck(subflow, 18, 8);
        return subflow;
    }

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
            server.receiveAck(subflow, 18, 8);
            assertThat(dataBytes(server.transmit())).isEqualTo(16 * KIB);
        }
    }

    @Requirement("FLOW-1")
    @Test
    void shouldSendWhatIsGrantedAndNotAByteMore() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = withCreditUsedUp(server, 200 * KIB);
            assertThat(server.transmit()).isEmpty();

            server.receiveGrant(subflow, 64 * KIB + 1);
            assertThat(server.transmit()).containsExactly("0: frame 18 of 1");
            server.receiveGrant(subflow, 64 * KIB + 10_001);
            assertThat(server.transmit()).containsExactly("0: frame 19 of 10000");
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
            server.receiveAck(subflow, 18, 8);

            assertThat(server.transmit()).containsExactly("0: frame 18 of " + 6 * KIB);
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
            withCreditUsedUp(server, 64 * KIB);
            server.session.shutdownOutput();

            assertThat(server.transmit()).containsExactly("0: fin 18");
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
            server.receiveAck(subflow, 18, 8);
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
            Subflow subflow = withCreditUsedUp(server, 200 * KIB);
            for (int i = 0; i < 3; i++) {
                server.passToDeadline();
                assertThat(server.transmit()).containsExactly("0: ping");
                server.passMillis(10);
                server.receive(subflow, ControlFrame.PONG);
                server.transmit();
            }
            server.receiveGrant(subflow, 65 * KIB);
            server.transmit();
            server.receiveAck(subflow, 19, 9);
            server.transmit();

            assertThat(server.passToDeadline()).isEqualTo(200);
            assertThat(server.transmit()).containsExactly("0: ping");
        }
    }

    @Test
    void shouldNotAskWithoutData() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            withCreditUsedUp(server, 64 * KIB);

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

    /** Below what an end may send unasked a grant means nothing, or its sender would have broken it before it heard of it. */
    @Requirement("HELLO-10")
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 64 * KIB - 1, 64 * KIB})
    void shouldTakeALowGrantOfAHelloForSixtyFourKibibytes(long maxDataBytes) {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10, server.helloOfPeer(maxDataBytes));
            server.send(100 * KIB);

            assertThat(dataBytes(server.transmit())).isEqualTo(64 * KIB);
            server.receiveAck(subflow, 18, 8);
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
            server.receiveAck(first, 18, 8);
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
}
