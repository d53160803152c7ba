package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client offers on a subflow, before a session has it: when that is answered, and how it is taken back. */
class JoinOfferTest {

    private static final OpaqueBytes NONCE = ExtendedFixture.bytes(16, 1);
    private static final HelloFrame HELLO = ExtendedFixture.hello(0, 60_000, ExtendedFixture.KEY);
    private static final JoinOffer PROVEN = JoinOffer.proven(3, NONCE);

    private static List<Frame> extended(Frame... frames) {
        List<Frame> all = new ArrayList<>(List.of(ControlFrame.EXTENDED));
        all.addAll(List.of(frames));
        return all;
    }

    // ---- answers

    @Test
    void shouldTakeAnythingForTheAnswerOfAPeerOfTheBaseProfile() throws Exception {
        assertThat(JoinOffer.FIRST.isAnsweredBy(List.of(ControlFrame.PING))).isTrue();
        assertThat(JoinOffer.BASE.isAnsweredBy(extended())).isTrue();
    }

    @Test
    void shouldWaitForTheSessionsKey() throws Exception {
        assertThat(JoinOffer.FIRST.isAnsweredBy(extended())).isFalse();
        assertThat(JoinOffer.FIRST.isAnsweredBy(extended(ControlFrame.PING))).isFalse();
        assertThat(JoinOffer.FIRST.isAnsweredBy(extended(ControlFrame.PING, HELLO)))
                .isTrue();
    }

    @Test
    void shouldLetTheSessionJudgeWhatAnswersAJoin() throws Exception {
        assertThat(PROVEN.isAnsweredBy(extended(ControlFrame.PING))).isFalse();
        assertThat(PROVEN.isAnsweredBy(extended(new ResetFrame(ResetFrame.UNKNOWN_SESSION, ""))))
                .isTrue();
    }

    @Test
    void shouldTellWhoRefusesFromWhoSpeaksNonsense() {
        assertThatThrownBy(() -> JoinOffer.FIRST.isAnsweredBy(extended(new ResetFrame(ResetFrame.GOING_AWAY, "full"))))
                .isInstanceOfSatisfying(
                        SessionResetException.class, e -> assertThat(e.code()).isEqualTo(ResetFrame.GOING_AWAY));
        assertThatThrownBy(() -> JoinOffer.FIRST.isAnsweredBy(extended(new FinFrame(10))))
                .isInstanceOf(UnexpectedFrameException.class)
                .hasMessageContaining("instead of a HELLO");
        assertThatThrownBy(() -> JoinOffer.FIRST.isAnsweredBy(extended(ExtendedFixture.hello(0, 60_000, null))))
                .isInstanceOf(UnexpectedFrameException.class);
    }

    @Test
    void shouldNotHearOutWhoSaysManyThingsAndNoAnswer() throws Exception {
        List<Frame> received = extended();
        for (int i = 2; i < 8; i++) {
            received.add(ControlFrame.PING);
            assertThat(JoinOffer.FIRST.isAnsweredBy(received))
                    .as("%d frames", i)
                    .isFalse();
        }
        received.add(ControlFrame.PING);

        assertThatThrownBy(() -> JoinOffer.FIRST.isAnsweredBy(received)).isInstanceOf(UnexpectedFrameException.class);
    }

    // ---- early data

    @Test
    void shouldTakeAsMuchEarlyDataAsOneFlightHolds() {
        assertThat(JoinOffer.FIRST.hasEarlyData()).isFalse();
        assertThat(JoinOffer.BASE.hasEarlyData()).isFalse();
        JoinOffer full = JoinOffer.FIRST.withEarlyData(new byte[JoinOffer.MAX_EARLY_BYTES]);
        assertThat(full.hasEarlyData()).isTrue();
        assertThat(full.frames()).hasSize(2);

        assertThatThrownBy(() -> JoinOffer.FIRST.withEarlyData(new byte[JoinOffer.MAX_EARLY_BYTES + 1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PROVEN.withEarlyData(new byte[1])).isInstanceOf(IllegalArgumentException.class);
    }

    // ---- taken back

    @Test
    void shouldEndASessionInOrderThatNobodyNeeds() {
        assertThat(JoinOffer.FIRST.withdrawal(extended()))
                .hasSize(3)
                .contains(new FinFrame(10), new ResetFrame(ResetFrame.NO_READER, ""));
        assertThat(JoinOffer.FIRST.withEarlyData(new byte[1]).withdrawal(extended()))
                .as("its stream goes on elsewhere")
                .hasSize(2)
                .contains(new ResetFrame(ResetFrame.INCOMPLETE, ""));
    }

    @Test
    void shouldSayNothingWhereNoSessionBegan() {
        assertThat(JoinOffer.FIRST.withdrawal(List.of()))
                .as("nothing was heard")
                .isEmpty();
        assertThat(JoinOffer.FIRST.withdrawal(List.of(ControlFrame.PING)))
                .as("the base profile has no words")
                .isEmpty();
        assertThat(JoinOffer.BASE.withdrawal(extended())).isEmpty();
        assertThat(PROVEN.withdrawal(extended())).as("a join").isEmpty();
    }
}
