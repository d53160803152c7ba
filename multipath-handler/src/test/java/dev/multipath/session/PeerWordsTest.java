package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ResetFrame;
import org.junit.jupiter.api.Test;

/** A peer's words in messages, which are printed and logged. */
final class PeerWordsTest {
    private static final String WORDS = "\u001b[2J\nforged";
    private static final String ESCAPED = "\\u001b[2J\\u000aforged";

    @Test
    void shouldEscapeAPeersWordsInMessagesAndKeepThemInTheAccessor() {
        SessionResetException reset = SessionResetException.by(new ResetFrame(256, WORDS));
        PathClosedException closed = new PathClosedException(0, WORDS);
        JoinRefusedException refused = JoinRefusedException.by(new ResetFrame(4, WORDS));

        assertThat(reset).hasMessage("the peer reset the session, code 256: " + ESCAPED);
        assertThat(closed).hasMessage("the peer closed the path, code 0: " + ESCAPED);
        assertThat(refused).hasMessage("refused by the peer, code 4: " + ESCAPED);
        assertThat(reset.reason()).isEqualTo(WORDS);
        assertThat(closed.reason()).isEqualTo(WORDS);
    }

    @Test
    void shouldSayWhatAnUnknownSessionMeans() {
        assertThat(JoinRefusedException.by(new ResetFrame(ResetFrame.UNKNOWN_SESSION, "")))
                .hasMessage(
                        "refused by the peer, which does not know the session: another process has answered, or it was restarted, code 2");
    }
}
