package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.testing.Requirement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** {@code docs/PROTOCOL.md} 5: a frame that breaks several rules, and that one that is refused has no effect. */
@Requirement({"ERR-21", "ERR-22"})
class ViolationOrderTest {

    private static final int KIB = 1 << 10;
    private static final OpaqueBytes NONCE = bytes(16, 1);
    private static final OpaqueBytes OTHER_KEY = bytes(32, 8);

    private static ExtendedFixture small(int maxSubflows) {
        return new ExtendedFixture(
                SessionRole.SERVER,
                ExtendedFixture.config(new ExtendedConfig(
                        true, false, Duration.ofSeconds(60), 64 * KIB, Duration.ofSeconds(10), maxSubflows, false)));
    }

    @Test
    void shouldNameTheFinBeforeTheWindowAndTheCredit() {
        for (long number : new long[] {12, 10 + 4096, (1L << 62) - 1}) {
            try (ExtendedFixture server = small(16)) {
                Subflow subflow = server.first(10);
                server.receive(subflow, new FinFrame(12));

                refuseData(server, subflow, number, 65 * KIB, UnexpectedFrameException.class, "FIN");
            }
        }
    }

    @Test
    void shouldNameTheWindowBeforeTheCredit() {
        try (ExtendedFixture server = small(16)) {
            refuseData(server, server.first(10), 10 + 4096, 65 * KIB, FlowControlException.class, "window");
        }
        try (ExtendedFixture server = small(16)) {
            refuseData(server, server.first(10), 10 + 4095, 65 * KIB, FlowControlException.class, "granted");
        }
    }

    private static void refuseData(
            ExtendedFixture server,
            Subflow subflow,
            long number,
            int bytes,
            Class<? extends SubflowViolationException> violation,
            String reason) {
        DataFrame data = ExtendedFixture.data(number, bytes);

        server.refuse(subflow, data, violation);

        assertThat(data.refCnt()).isZero();
        assertThat(server.nextLoss()).hasMessageContaining(reason);
        assertThat(server.session.bufferedReceiveBytes()).isZero();
        assertThat(server.session.nextExpectedFrameNumber()).isEqualTo(10);
    }

    @Test
    void shouldNameTheWindowOfAFinBeforeItsContradiction() {
        try (ExtendedFixture server = small(16)) {
            Subflow subflow = server.first(10);
            server.receive(subflow, new FinFrame(12));

            server.refuse(subflow, new FinFrame(10 + 4096), FlowControlException.class);
        }
        try (ExtendedFixture server = small(16)) {
            Subflow subflow = server.first(10);
            server.receive(subflow, new FinFrame(12));

            server.refuse(subflow, new FinFrame(10 + 4095), UnexpectedFrameException.class);
        }
    }

    @Test
    void shouldNotLetARefusedFinEndTheStream() {
        try (ExtendedFixture server = small(16)) {
            Subflow first = server.first(10);
            Subflow second = server.join(10);
            server.receiveData(first, 12, 1);
            server.refuse(first, new FinFrame(11), UnexpectedFrameException.class);
            server.receiveData(second, 10, 1);
            server.receiveData(second, 11, 1);
            server.read();

            assertThat(server.session.isInputEnded()).isFalse();
            server.receiveData(second, 13, 1);
            assertThat(server.read()).isEqualTo(1);
        }
    }

    @Test
    void shouldTakeNothingOfARefusedAcknowledgement() {
        try (ExtendedFixture server = small(16)) {
            Subflow first = server.first(10, server.helloOfPeer(64 * KIB));
            Subflow second = server.join(50);
            server.send(100 * KIB);
            server.transmit();
            long unacknowledged = server.session.unacknowledgedBytes();

            // Frames 10 to 17 were sent, all on the first; it acknowledges one, grants much, and lies of the rest.
            server.refuse(
                    first,
                    new CumulativeAckFrame(11, 1L << 40, new long[] {12, 19}, 9, 0),
                    UnsentFrameAckedException.class);

            assertThat(server.nextLoss()).hasMessageContaining("frame 18");
            assertThat(server.session.unacknowledgedBytes()).isEqualTo(unacknowledged);
            server.transmit();
            server.receiveAck(second, 18, 8);
            assertThat(server.transmit()).as("there is no credit").isEmpty();
        }
    }

    @Test
    void shouldNameTheProofBeforeThePathIdAndThePlace() {
        try (ExtendedFixture server = small(2)) {
            server.first(10);
            Subflow late = server.challenged(1, NONCE);
            OpaqueBytes nonce = server.sent(JoinChallengeFrame.class).serverNonce();
            Subflow later = server.challenged(1, NONCE);
            OpaqueBytes nonceOfLater = server.sent(JoinChallengeFrame.class).serverNonce();
            server.joinAsClient(1);
            server.transmit();
            server.events();
            String before = server.snapshot();

            server.refuse(late, ExtendedFixture.response(OTHER_KEY, 1, NONCE, nonce), JoinRefusedException.class);
            assertThat(server.nextLoss()).hasMessageContaining("key");
            server.refuse(
                    later, ExtendedFixture.response(server.key(), 1, NONCE, nonceOfLater), JoinRefusedException.class);
            assertThat(server.nextLoss()).hasMessageContaining("path id 1");

            assertThat(server.snapshot()).isEqualTo(before);
        }
    }

    @Test
    void shouldNotUseThePathIdOfARefusedProof() {
        try (ExtendedFixture server = small(16)) {
            server.first(10);
            Subflow intruder = server.challenged(1, NONCE);
            OpaqueBytes nonce = server.sent(JoinChallengeFrame.class).serverNonce();
            server.refuse(intruder, ExtendedFixture.response(OTHER_KEY, 1, NONCE, nonce), JoinRefusedException.class);

            assertThat(server.joinAsClient(1).state()).isEqualTo(SubflowState.ACTIVE);
        }
    }

    @Test
    void shouldNameTheMomentBeforeTheContents() {
        try (ExtendedFixture server = small(16)) {
            server.first(10);
            Subflow joining = server.freshSubflow();
            server.receive(joining, ControlFrame.EXTENDED);

            // Beyond the window, were it looked at.
            server.refuse(joining, new FinFrame(10 + 4096), UnexpectedFrameException.class);
        }
        try (ExtendedFixture server = small(16)) {
            // A path id that is used, on a subflow that is in already.
            server.refuse(server.first(10), new JoinRequestFrame(1, NONCE), UnexpectedFrameException.class);
        }
    }
}
