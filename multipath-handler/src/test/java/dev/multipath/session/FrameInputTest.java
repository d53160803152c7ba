package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.FinFrame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;

/** The usual frames without an object for each, and what comes when nobody listens any more. */
class FrameInputTest {

    @Test
    void shouldTakeAnAcknowledgementWithoutAFrame() throws Exception {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            client.send(100);
            client.transmit();
            assertThat(client.session.unacknowledgedBytes()).isEqualTo(100);

            client.session.input().onAck(first, 11, 0, 1, 0, client.nowNanos());

            assertThat(client.session.unacknowledgedBytes()).isZero();
        }
    }

    @Test
    void shouldFindTheSameFaultsInAnAcknowledgementWithoutAFrame() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            assertThatThrownBy(() -> client.session.input().onAck(first, 11, 0, 0, 0, client.nowNanos()))
                    .isInstanceOf(UnsentFrameAckedException.class);
        }
        try (SessionFixture base = new SessionFixture()) {
            Subflow first = base.subflow(10);
            assertThatThrownBy(() -> base.session.input().onAck(first, 10, 0, 0, 0, base.nowNanos()))
                    .isInstanceOf(UnexpectedFrameException.class)
                    .hasMessageContaining("of the base profile");
        }
    }

    @Test
    void shouldLeaveAloneWhatComesOnASubflowThatIsClosed() throws Exception {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            client.send(100);
            client.transmit();
            client.fail(first);
            ByteBuf payload = SessionFixture.buffer(10);

            client.session.input().onData(first, 10, payload, client.nowNanos());
            client.session.input().onAck(first, 11, 0, 1, 0, client.nowNanos());

            assertThat(payload.refCnt()).isZero();
            assertThat(client.session.unacknowledgedBytes()).isEqualTo(100);
        }
    }

    /** It has ended too: nobody waits for a word that this end still owes. */
    @Test
    void shouldOweNoLastWordToAPeerThatResetsASessionThatWasGivenUp() throws Exception {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            client.session.shutdownOutput();
            client.transmit();
            client.receiveAck(first, 11, 1);
            client.receive(first, new FinFrame(10));
            client.transmit();
            client.fail(first);
            assertThat(client.session.owesLastWord()).isTrue();

            client.session.onFrame(first, new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""), client.nowNanos());

            assertThat(client.session.owesLastWord()).isFalse();
        }
    }
}
