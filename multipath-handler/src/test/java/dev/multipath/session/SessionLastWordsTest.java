package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.ResetFrame;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a session says of its end, and of a peer that may not speak as it does. */
class SessionLastWordsTest {

    @Test
    void shouldSayWhatIsWrongWithAHello() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.freshSubflow();
            client.receive(subflow, ControlFrame.EXTENDED);
            HelloFrame withoutKey = ExtendedFixture.hello(0, 60_000, null);
            assertThatThrownBy(() -> client.session.onFrame(subflow, withoutKey, client.nowNanos()))
                    .hasMessageContaining("without the session's key");
        }
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);
            HelloFrame withKey = ExtendedFixture.hello(0, 60_000, ExtendedFixture.KEY);
            assertThatThrownBy(() -> server.session.onFrame(subflow, withKey, server.nowNanos()))
                    .hasMessageContaining("a key that nobody waits for");
        }
    }

    @Test
    void shouldSayWhichFrameMayNotCome() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            assertThatThrownBy(() -> server.session.onFrame(subflow, new AckFrame(10), server.nowNanos()))
                    .hasMessageContaining("of the base profile");
            HelloFrame hello = ExtendedFixture.hello(0, 60_000, null);
            assertThatThrownBy(() -> server.session.onFrame(subflow, hello, server.nowNanos()))
                    .hasMessageContaining("a second");
        }
    }

    /** The peer has given the session up, for a reason of its own: one who is over needs no other word. */
    @Test
    void shouldOweNoLastWordToAPeerThatKnowsTheSessionNoMore() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            client.session.shutdownOutput();
            client.transmit();
            client.receiveAck(first, 11, 1);
            client.receive(first, new FinFrame(10));
            client.transmit();
            assertThat(client.session.isOver()).isTrue();
            assertThat(client.session.owesLastWord()).isTrue();
            client.fail(first);
            Subflow late = client.requested(client.session.offerJoin());

            client.refuse(late, new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""), JoinRefusedException.class);

            assertThat(client.session.owesLastWord()).isFalse();
            assertThat(client.session.failure()).isNull();
        }
    }

    @Test
    void shouldKnowHowLongItLingers() {
        try (SessionFixture base = new SessionFixture()) {
            base.subflow(10);
            base.sendAndTransmit(100);
            base.session.close(base.nowNanos());
            long lingerNanos = SessionFixture.CONFIG.linger().toNanos();
            assertThat(Duration.ofNanos(lingerNanos)).isPositive();

            assertThat(base.session.isDrained(base.nowNanos() + lingerNanos - 1))
                    .isFalse();
            assertThat(base.session.isDrained(base.nowNanos() + lingerNanos)).isTrue();
        }
    }
}
