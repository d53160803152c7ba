package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.ResetFrame;
import dev.multipath.testing.Requirement;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.5: FIN, half-close, RESET. */
class SessionEndTest {

    private static final String GRANT = ", grant " + ExtendedFixture.WINDOW_BYTES;

    // ---- FIN

    @Requirement({"END-1", "END-3"})
    @Test
    void shouldEndItsOutputBehindItsData() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.send(100);
            fixture.session.shutdownOutput();
            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 100", "0: fin 11");
            assertThatThrownBy(() -> fixture.send(1)).isInstanceOf(IllegalStateException.class);

            fixture.receiveAck(subflow, 12, 2);

            assertThat(fixture.session.unacknowledgedBytes()).isZero();
            assertThat(fixture.session.isOver()).isFalse();
            assertThat(fixture.session.state()).isEqualTo(SessionState.OPEN);
            fixture.receiveData(subflow, 10, 7);
            assertThat(fixture.read()).isEqualTo(7);
        }
    }

    @Requirement("END-1")
    @Test
    void shouldEndAnEmptyStream() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.session.shutdownOutput();
            fixture.session.shutdownOutput();
            assertThat(fixture.transmit()).containsExactly("0: fin 10");
            fixture.receive(subflow, new FinFrame(10));

            assertThat(fixture.session.isInputEnded()).isTrue();
            assertThat(fixture.session.isOver()).isFalse();
            fixture.receiveAck(subflow, 11, 1);
            assertThat(fixture.session.isOver()).isTrue();
        }
    }

    @Test
    void shouldEndItsInputWhenAllBeforeTheFinHasComeAndWasRead() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.receive(second, new FinFrame(12));
            fixture.receiveData(second, 11, 1);
            assertThat(fixture.session.isInputEnded()).isFalse();
            fixture.receiveData(first, 10, 1);
            assertThat(fixture.session.isInputEnded()).isFalse();

            assertThat(fixture.read()).isEqualTo(2);

            assertThat(fixture.session.isInputEnded()).isTrue();
            // The other direction goes on.
            assertThat(fixture.sendAndTransmit(5)).contains("0: frame 10 of 5");
        }
    }

    @Requirement("END-4")
    @Test
    void shouldBeOverAfterFinsThatCrossed() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.session.shutdownOutput();
            fixture.transmit();
            fixture.receive(subflow, new FinFrame(10));
            assertThat(fixture.transmit()).containsExactly("0: ack 11, here 1" + GRANT);
            fixture.receiveAck(subflow, 11, 1);

            assertThat(fixture.session.isOver()).isTrue();
            fixture.fail(subflow);
            assertThat(fixture.session.isSuspended()).isFalse();
            assertThat(fixture.session.failure()).isNull();
        }
    }

    @Requirement("END-2")
    @Test
    void shouldRepeatAFinOnAnotherSubflow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            fixture.session.shutdownOutput();
            assertThat(fixture.transmit()).containsExactly("0: fin 10");
            fixture.fail(first);
            assertThat(fixture.transmit()).contains("1: fin 10");

            fixture.receive(second, new FinFrame(10));
            fixture.receiveAck(second, 11, 1);

            assertThat(fixture.session.isOver()).isTrue();
        }
    }

    @Test
    void shouldTakeTheSameFinTwice() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.receive(first, new FinFrame(10));
            fixture.receive(second, new FinFrame(10));

            assertThat(fixture.session.isInputEnded()).isTrue();
        }
    }

    @Requirement("ERR-16")
    @Test
    void shouldRefuseASecondFinElsewhere() {
        for (long number : new long[] {10, 11, 13}) {
            try (ExtendedFixture fixture = ExtendedFixture.server()) {
                Subflow subflow = fixture.first(10);
                fixture.receive(subflow, new FinFrame(12));
                fixture.refuse(subflow, new FinFrame(number), UnexpectedFrameException.class);
            }
        }
    }

    @Requirement("ERR-16")
    @Test
    void shouldRefuseAFinBeforeDataThatHasCome() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 14, 1);
            fixture.refuse(subflow, new FinFrame(14), UnexpectedFrameException.class);
        }
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 1);
            fixture.refuse(subflow, new FinFrame(10), UnexpectedFrameException.class);
        }
    }

    @Requirement("ERR-16")
    @Test
    void shouldRefuseDataAtOrBehindTheFin() {
        for (long number : new long[] {12, 13, 500}) {
            try (ExtendedFixture fixture = ExtendedFixture.server()) {
                Subflow subflow = fixture.first(10);
                fixture.receiveData(subflow, 10, 3);
                fixture.receive(subflow, new FinFrame(12));
                DataFrame data = ExtendedFixture.data(number, 1);

                fixture.refuse(subflow, data, UnexpectedFrameException.class);

                assertThat(data.refCnt()).isZero();
                assertThat(fixture.read()).isEqualTo(3);
            }
        }
    }

    // ---- RESET

    @Requirement("END-10")
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2, 3, 4, 255, 256, (1L << 62) - 1})
    void shouldFailWhenThePeerGivesUp(long code) {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 9);
            fixture.receive(subflow, new ResetFrame(code, "why"));

            assertThat(fixture.session.state()).isEqualTo(SessionState.FAILED);
            assertThat(fixture.session.failure()).isInstanceOfSatisfying(SessionResetException.class, failure -> {
                assertThat(failure.code()).isEqualTo(code);
                assertThat(failure.reason()).isEqualTo("why");
            });
            assertThat(fixture.read())
                    .as("what came in order can still be read")
                    .isEqualTo(9);
            assertThat(fixture.session.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
            assertThat(fixture.transmit()).isEmpty();
            assertThatThrownBy(() -> fixture.send(1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldFailByAResetInWhateverState(SessionRole role) {
        List<BiConsumer<ExtendedFixture, Subflow>> states = List.of(
                (fixture, subflow) -> {},
                (fixture, subflow) -> fixture.sendAndTransmit(5),
                (fixture, subflow) -> fixture.session.shutdownOutput(),
                (fixture, subflow) -> fixture.session.close(fixture.nowNanos()),
                (fixture, subflow) -> fixture.receive(subflow, new FinFrame(10)));
        for (var state : states) {
            try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
                Subflow subflow = fixture.first(10);
                state.accept(fixture, subflow);
                fixture.receive(subflow, new ResetFrame(300, ""));

                assertThat(fixture.session.state()).isEqualTo(SessionState.FAILED);
                assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();
                // The first word holds; more change nothing.
                fixture.session.abort(400, "");
                fixture.session.leave(fixture.nowNanos());
                assertThat(fixture.transmit()).noneMatch(words -> words.contains("reset"));
                assertThat(((SessionResetException) fixture.session.failure()).code())
                        .isEqualTo(300);
            }
        }
    }

    @Requirement("END-7")
    @Test
    void shouldTakeNoReaderBehindTheFinForACleanEnd() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 5);
            fixture.receive(subflow, new FinFrame(11));
            fixture.receive(subflow, new ResetFrame(ResetFrame.NO_READER, ""));

            assertThat(fixture.session.state()).isEqualTo(SessionState.OPEN);
            assertThat(fixture.read()).isEqualTo(5);
            assertThat(fixture.session.isInputEnded()).isTrue();
            assertThat(fixture.session.isOver()).isTrue();

            fixture.send(1);
            assertThat(fixture.session.failure()).isInstanceOf(SessionResetException.class);
        }
    }

    @Test
    void shouldFailByNoReaderBehindTheFinWhenSomethingWasNotRead() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.sendAndTransmit(5);
            fixture.receive(subflow, new FinFrame(10));
            fixture.receive(subflow, new ResetFrame(ResetFrame.NO_READER, ""));

            assertThat(fixture.session.failure()).isInstanceOf(SessionResetException.class);
        }
    }

    @Test
    void shouldNotMindNoReaderWhenOnlyItsFinIsUnacknowledged() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.session.shutdownOutput();
            fixture.transmit();
            fixture.receive(subflow, new FinFrame(10));
            fixture.receive(subflow, new ResetFrame(ResetFrame.NO_READER, ""));

            assertThat(fixture.session.failure()).isNull();
            assertThat(fixture.session.isOver()).isTrue();
        }
    }

    @Requirement("END-9")
    @Test
    void shouldAbortWithAWordOnEverySubflow() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            fixture.join(10);
            fixture.sendAndTransmit(100);
            fixture.session.abort(300, "enough");

            assertThat(fixture.transmit())
                    .containsExactly(
                            "0: ack 10, here 0" + GRANT,
                            "0: reset 300enough",
                            "1: ack 10, here 0" + GRANT,
                            "1: reset 300enough");
            assertThat(fixture.session.state()).isEqualTo(SessionState.FAILED);
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    // ---- close and leave

    @Requirement("END-6")
    @Test
    void shouldWaitForItsFinsAcknowledgementAndTellAPeerThatHasNotEndedThatNobodyReads() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.send(100);
            fixture.session.close(fixture.nowNanos());
            assertThat(fixture.transmit()).containsExactly("0: frame 10 of 100", "0: fin 11");
            fixture.receiveAck(subflow, 11, 1);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isFalse();
            fixture.receiveAck(subflow, 12, 2);
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();

            fixture.session.leave(fixture.nowNanos());

            assertThat(fixture.transmit()).containsExactly("0: ack 10, here 0" + GRANT, "0: reset 0");
        }
    }

    @Requirement("END-5")
    @Test
    void shouldLeaveWithALastAcknowledgementWhenBothHaveEnded() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            fixture.join(10);
            fixture.session.close(fixture.nowNanos());
            fixture.transmit();
            fixture.receiveAck(first, 11, 1);
            fixture.receive(first, new FinFrame(10));
            fixture.transmit();

            fixture.session.leave(fixture.nowNanos());

            assertThat(fixture.transmit())
                    .containsExactly(
                            "0: ack 11, here 1" + GRANT, "0: reset 7", "1: ack 11, here 0" + GRANT, "1: reset 7");
        }
    }

    @Test
    void shouldHaveNothingToWaitForOnceItHasSaidItsLastWords() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.session.leave(fixture.nowNanos());
            fixture.transmit();
            // Its acknowledgement would be due, and never leave.
            fixture.receiveData(subflow, 10, 1);

            assertThat(fixture.session.nextDeadlineNanos()).isEqualTo(Deadline.NONE);
        }
    }

    @Requirement("END-8")
    @Test
    void shouldSayThatItsLingerTimeIsOver() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            fixture.send(100);
            fixture.session.close(fixture.nowNanos());
            fixture.transmit();
            fixture.passMillis(fixture.config().linger().toMillis());
            assertThat(fixture.session.isDrained(fixture.nowNanos())).isTrue();

            fixture.session.leave(fixture.nowNanos());

            assertThat(fixture.transmit()).contains("0: reset 3");
        }
    }

    @Test
    void shouldDiscardAndAcknowledgeAndGrantWhileItCloses() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            fixture.receiveData(subflow, 10, 100_000);
            fixture.session.close(fixture.nowNanos());
            assertThat(fixture.session.bufferedReceiveBytes()).isZero();
            fixture.receiveData(subflow, 11, 100_000);

            assertThat(fixture.session.bufferedReceiveBytes()).isZero();
            assertThat(fixture.transmit())
                    .contains("0: ack 12, here 2, grant " + (ExtendedFixture.WINDOW_BYTES + 200_000));
        }
    }
}
