package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Credit at its edges, as sender and as receiver. */
class SessionCreditsTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final int UNASKED = (int) WindowLimits.INITIAL_CREDIT_BYTES;

    // ---- as receiver

    @Test
    void shouldAllowWhatWasGrantedAndNotAByteMore() {
        ReceiveCredit credit = new ReceiveCredit(2 * UNASKED, 4 * UNASKED);
        assertThat(credit.allows(UNASKED)).isTrue();
        assertThat(credit.allows(UNASKED + 1)).isFalse();
        assertThat(credit.pledgedBytes()).isEqualTo(UNASKED);

        assertThat(credit.grant()).isEqualTo(2 * UNASKED);
        credit.onReceived(UNASKED);

        assertThat(credit.pledgedBytes()).isEqualTo(UNASKED);
        assertThat(credit.allows(UNASKED)).isTrue();
        assertThat(credit.allows(UNASKED + 1)).isFalse();
    }

    @Test
    void shouldGrantAgainWhenAQuarterOfTheWindowWasRead() {
        ReceiveCredit credit = new ReceiveCredit(2 * UNASKED, 2 * UNASKED);
        credit.grant();
        assertThat(credit.isGrantDue()).isFalse();
        credit.onConsumed(UNASKED / 2 - 1);
        assertThat(credit.isGrantDue()).isFalse();
        credit.onConsumed(1);
        assertThat(credit.isGrantDue()).isTrue();
        assertThat(credit.grant()).isEqualTo(2 * UNASKED + UNASKED / 2);
    }

    @Test
    void shouldTakeNothingBackWhenMemoryIsShort() {
        ReceiveCredit credit = new ReceiveCredit(2 * UNASKED, 2 * UNASKED);
        credit.grant();
        credit.limit(0);
        credit.onConsumed(UNASKED);

        assertThat(credit.isGrantDue()).isFalse();
        assertThat(credit.grant()).isEqualTo(2 * UNASKED);
        credit.limit(UNASKED);
        assertThat(credit.isGrantDue()).as("all of it is out").isFalse();
        credit.onConsumed(UNASKED);
        assertThat(credit.grant()).isEqualTo(3 * UNASKED);
    }

    private static long windowAfter(long rttMillis, long passedNanos, int readBytes, int limitBytes) {
        ReceiveCredit credit = new ReceiveCredit(2 * UNASKED, limitBytes);
        credit.onConsumed(2 * UNASKED);
        credit.tune(rttMillis * MILLISECOND, 1_000_000 * MILLISECOND);
        credit.onConsumed(readBytes);
        credit.tune(rttMillis * MILLISECOND, 1_000_000 * MILLISECOND + passedNanos);
        return credit.grant() - 2 * UNASKED - readBytes;
    }

    /** Half a window in less than two round trips, and a millisecond each for what is done in batches. */
    @Test
    void shouldLetTheWindowGrowWithWhatIsReadInTwoRoundTrips() {
        long twoRoundTrips = 2 * 51 * MILLISECOND;
        assertThat(windowAfter(50, twoRoundTrips - 1, UNASKED, 16 * UNASKED)).isEqualTo(4 * UNASKED);
        assertThat(windowAfter(50, twoRoundTrips, UNASKED, 16 * UNASKED)).isEqualTo(2 * UNASKED);
        assertThat(windowAfter(50, twoRoundTrips - 1, UNASKED - 1, 16 * UNASKED))
                .isEqualTo(2 * UNASKED);
        assertThat(windowAfter(50, twoRoundTrips - 1, UNASKED, 3 * UNASKED)).isEqualTo(3 * UNASKED);
    }

    @Test
    void shouldNotBeginWithMoreThanItsLimit() {
        assertThat(new ReceiveCredit(2 * UNASKED, UNASKED + 1).grant()).isEqualTo(UNASKED + 1);
    }

    // ---- as sender

    @Test
    void shouldAskOnceForEachTimeThatItIsBlocked() {
        SendCredit credit = SendCredit.initial();
        assertThat(credit.askAtNanos()).isEqualTo(Deadline.NONE);
        credit.onBlocked(100, 1000);
        credit.onBlocked(100, 1050);
        assertThat(credit.askAtNanos()).isEqualTo(1100);

        assertThat(credit.takeAsk(1099)).isFalse();
        assertThat(credit.takeAsk(1100)).isTrue();
        assertThat(credit.askAtNanos()).isEqualTo(Deadline.NONE);
        assertThat(credit.takeAsk(1100)).isFalse();

        credit.onBlocked(100, 2000);
        assertThat(credit.askAtNanos()).as("twice as long").isEqualTo(2200);
        credit.takeAsk(2200);
        credit.onBlocked(500, 3000);
        assertThat(credit.askAtNanos()).as("the path has become slower").isEqualTo(3500);
    }

    @Test
    void shouldNotWaitLongerThanFiveSeconds() {
        SendCredit credit = SendCredit.initial();
        long nowNanos = 0;
        for (int i = 0; i < 10; i++) {
            credit.onBlocked(1000 * MILLISECOND, nowNanos);
            nowNanos = credit.askAtNanos();
            credit.takeAsk(nowNanos);
        }
        credit.onBlocked(1000 * MILLISECOND, nowNanos);
        assertThat(credit.askAtNanos() - nowNanos).isEqualTo(5000 * MILLISECOND);
    }

    @Test
    void shouldBeginAnewWhenItIsGrantedMore() {
        SendCredit credit = SendCredit.initial();
        credit.spend(UNASKED);
        assertThat(credit.availableBytes()).isZero();
        credit.onBlocked(100, 0);
        credit.takeAsk(100);
        credit.onBlocked(100, 100);

        credit.onGranted(UNASKED);
        assertThat(credit.askAtNanos()).as("that is no more").isEqualTo(300);
        credit.onGranted(UNASKED + 1);

        assertThat(credit.availableBytes()).isOne();
        assertThat(credit.askAtNanos()).isEqualTo(Deadline.NONE);
        credit.onBlocked(100, 1000);
        assertThat(credit.askAtNanos()).isEqualTo(1100);
    }
}
