package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Base profile: whether the end of all subflows may be taken for the end of the stream. */
class SessionLossTest {

    private static final IOException RESET = new IOException("reset");

    private final SessionFixture session = new SessionFixture();
    private final Subflow first = session.subflow(20);
    private final Subflow second = session.subflow(50);

    @AfterEach
    void release() {
        session.session.release();
    }

    private void lose(Subflow subflow, Throwable cause) {
        session.session.onSubflowFailed(subflow, cause, session.nowNanos());
    }

    private Throwable loss() {
        return session.session.unansweredLoss();
    }

    @Test
    void shouldBelieveTheEndWhenAllSubflowsEndInOrder() {
        lose(first, null);
        lose(second, null);
        assertThat(loss()).isNull();
    }

    @Requirement("BASE-12")
    @Test
    void shouldNotBelieveTheEndWhenTheLastSubflowIsReset() {
        lose(first, null);
        lose(second, RESET);
        assertThat(loss()).isSameAs(RESET);
    }

    @Requirement("BASE-12")
    @Test
    void shouldNotBelieveAnOrderlyEndBehindAReset() {
        lose(first, RESET);
        session.transmit();
        session.passMillis(20);
        lose(second, null);
        assertThat(loss()).isSameAs(RESET);
    }

    @Test
    void shouldBelieveTheEndWhenThePeerHasAnsweredAPingSinceTheReset() {
        lose(first, RESET);
        assertThat(session.transmit()).isNotEmpty();
        session.passMillis(50);
        session.receive(second, ControlFrame.PONG);
        lose(second, null);
        assertThat(loss()).isNull();
    }

    @Test
    void shouldAskAgainWhenThePingThatIsAnsweredWasSentBefore() {
        // A ping that is on its way when the other subflow is lost.
        session.passMillis(120_000);
        session.session.onTimeout(session.nowNanos());
        session.transmit();
        session.passMillis(1);
        lose(first, RESET);
        session.transmit();
        session.passMillis(49);
        session.receive(second, ControlFrame.PONG);
        assertThat(loss()).isSameAs(RESET);

        session.transmit();
        session.passMillis(50);
        session.receive(second, ControlFrame.PONG);
        assertThat(loss()).isNull();
    }

    @Test
    void shouldBelieveTheEndWhenThePeerHasAcknowledgedWhatWasSentSinceTheReset() {
        lose(first, RESET);
        session.passMillis(1);
        session.session.send(Unpooled.wrappedBuffer(new byte[10]));
        session.transmit();
        session.passMillis(50);
        session.receiveAck(second, 10);
        lose(second, null);
        assertThat(loss()).isNull();
    }

    @Test
    void shouldNotTakeAnAcknowledgementOfWhatWasSentBeforeForASignOfLife() {
        session.session.send(Unpooled.wrappedBuffer(new byte[10]));
        session.transmit();
        session.passMillis(1);
        lose(second, RESET);
        session.passMillis(1);
        session.receiveAck(first, 10);
        lose(first, null);
        assertThat(loss()).isSameAs(RESET);
    }
}
