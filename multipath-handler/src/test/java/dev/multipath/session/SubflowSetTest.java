package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.metrics.StatsTracker;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of its subflows a session may use for what. */
class SubflowSetTest {

    private static final long MILLISECOND = VirtualSession.MILLISECOND;
    private static final long NOW = 5_000 * MILLISECOND;

    private final SubflowSet set = new SubflowSet();
    private final SendWindow window = new SendWindow();
    private final SubflowControl fast = subflow(0, 10);
    private final SubflowControl slow = subflow(1, 100);
    private final SubflowControl backup = subflow(2, 50);

    private static SubflowControl subflow(int id, long rttMillis) {
        Handshake handshake = Handshake.none();
        handshake.pathId = 10 + id;
        SubflowControl subflow =
                new SubflowControl(id, StatsTracker.NONE, handshake, new BandwidthDelayControl(), new Lateness(), NOW);
        if (rttMillis > 0) {
            subflow.onRttSample(rttMillis * MILLISECOND, NOW);
        }
        return subflow;
    }

    @BeforeEach
    void activate() {
        backup.backupWish().here(true);
        set.activate(fast);
        set.activate(slow);
        set.activate(backup);
    }

    @AfterEach
    void release() {
        window.release();
    }

    private void send(SubflowControl subflow) {
        subflow.onSent(window.add(VirtualSession.buffer(100)), NOW);
    }

    /** What was sent on it should have been acknowledged by now. */
    private void makeLate(SubflowControl subflow) {
        send(subflow);
        subflow.late(NOW + 1_000 * MILLISECOND);
        set.update();
    }

    // ---- new data

    @Test
    void shouldLeaveABackupAloneWhileAnotherIsInTime() {
        assertThat(set.candidates()).containsExactly(fast, slow);

        makeLate(fast);

        assertThat(set.candidates()).containsExactly(fast, slow);
        assertThat(fast.canTake()).as("late, and another is not").isFalse();
        assertThat(slow.canTake()).isTrue();
    }

    @Test
    void shouldUseABackupThatIsInTimeWhenAllOthersAreLate() {
        makeLate(fast);
        makeLate(slow);

        assertThat(set.candidates()).containsExactly(fast, slow, backup);
        assertThat(fast.canTake()).isFalse();
        assertThat(slow.canTake()).isFalse();
        assertThat(backup.canTake()).isTrue();
    }

    @Test
    void shouldNotUseABackupThatIsLateAsWell() {
        makeLate(fast);
        makeLate(slow);
        makeLate(backup);

        assertThat(set.candidates()).containsExactly(fast, slow);
        assertThat(fast.canTake()).as("there is nothing better").isTrue();
        assertThat(slow.canTake()).isTrue();
    }

    @Test
    void shouldUseALateBackupWhenThereIsNothingElse() {
        set.remove(fast);
        set.remove(slow);
        makeLate(backup);

        assertThat(set.candidates()).containsExactly(backup);
        assertThat(backup.canTake()).isTrue();
    }

    @Test
    void shouldUseAgainWhatIsLateNoMore() {
        makeLate(fast);
        assertThat(fast.timing().takeLate()).isTrue();
        set.update();

        assertThat(fast.canTake()).isTrue();
    }

    @Test
    void shouldGiveWhatIsOnProbationCopiesOfWhatOthersCarry() {
        fast.probation().begin(1000);
        backup.probation().begin(1000);
        set.update();

        assertThat(set.candidates()).containsExactly(slow);
        assertThat(set.onProbation()).as("a backup is not tried").containsExactly(fast);

        set.remove(slow);

        assertThat(set.candidates()).as("there is nobody to copy from").containsExactly(fast, backup);
        assertThat(set.onProbation()).isEmpty();
    }

    /** In time, but not to be relied on: no reason to leave the others alone. */
    @Test
    void shouldNotCountWhatIsOnProbationAsInTime() {
        fast.probation().begin(1000);
        makeLate(slow);

        assertThat(set.candidates()).containsExactly(slow, backup);
        assertThat(slow.canTake()).isFalse();

        set.remove(backup);

        assertThat(set.candidates()).containsExactly(slow);
        assertThat(slow.canTake()).isTrue();
    }

    @Test
    void shouldCountItsChanges() {
        int before = set.changes();

        set.onStale(fast);

        assertThat(set.changes()).isGreaterThan(before);
    }

    // ---- states

    @Test
    void shouldKeepAStaleOneAsAMember() {
        set.onStale(fast);

        assertThat(fast.state()).isEqualTo(SubflowState.STALE);
        assertThat(set.active()).containsExactly(slow, backup);
        assertThat(set.members()).containsExactly(fast, slow, backup);

        set.activate(fast);

        assertThat(fast.state()).isEqualTo(SubflowState.ACTIVE);
        assertThat(set.members()).containsExactly(fast, slow, backup);
        assertThat(set.active()).containsExactly(slow, backup, fast);
    }

    @Test
    void shouldTellWhetherWhatLeavesHadEverCome() {
        SubflowControl joining = subflow(3, 0);
        set.addJoining(joining);

        assertThat(set.joining()).containsExactly(joining);
        assertThat(set.isMember(joining)).isFalse();
        assertThat(set.remove(joining)).isTrue();
        assertThat(set.remove(joining)).isFalse();
        assertThat(set.remove(fast)).isTrue();
        assertThat(set.isMember(slow)).isTrue();
        assertThat(set.isMember(fast)).isFalse();
        assertThat(fast.state()).isEqualTo(SubflowState.CLOSED);
    }

    @Test
    void shouldHaveNothingLeftWhenCleared() {
        SubflowControl joining = subflow(3, 0);
        SubflowControl tried = subflow(4, 10);
        set.addJoining(joining);
        tried.probation().begin(1000);
        set.activate(tried);
        assertThat(set.onProbation()).containsExactly(tried);

        set.clear();

        assertThat(set.joining()).isEmpty();
        assertThat(set.members()).isEmpty();
        assertThat(set.active()).isEmpty();
        assertThat(set.candidates()).isEmpty();
        assertThat(set.onProbation()).isEmpty();
        assertThat(joining.state()).isEqualTo(SubflowState.CLOSED);
        assertThat(slow.state()).isEqualTo(SubflowState.CLOSED);
    }

    // ---- what there is to know of them

    @Test
    void shouldFindTheNearestThatCanBeWrittenTo() {
        assertThat(set.nearest()).isSameAs(fast);

        fast.writable(false);
        assertThat(set.nearest()).isSameAs(backup);

        backup.writable(false);
        slow.writable(false);
        assertThat(set.nearest()).isNull();
    }

    /** The first of those that are equally near. */
    @Test
    void shouldNotChangeItsMindBetweenEquals() {
        set.activate(subflow(3, 10));

        assertThat(set.nearest()).isSameAs(fast);
    }

    @Test
    void shouldKnowTheSlowestRoundTripOfThoseThatAreKnown() {
        assertThat(set.slowestRttNanos()).isEqualTo(100 * MILLISECOND);

        set.activate(subflow(3, 0));
        assertThat(set.slowestRttNanos()).isEqualTo(100 * MILLISECOND);

        set.onStale(slow);
        assertThat(set.slowestRttNanos()).isEqualTo(50 * MILLISECOND);
    }

    @Test
    void shouldFindAMemberByItsPathId() {
        assertThat(set.member(11)).isSameAs(slow);
        assertThat(set.member(9)).isNull();
    }

    @Test
    void shouldKnowWhetherDataAreOnTheWay() {
        assertThat(set.carriesData()).isFalse();

        send(slow);

        assertThat(set.carriesData()).isTrue();
    }

    @Test
    void shouldOweAnAcknowledgementUntilOneHasToldOfAll() {
        assertThat(set.owesAck()).isFalse();
        slow.acks().onNumberedFrame(100, false, NOW);
        fast.acks().onNumberedFrame(100, false, NOW);
        assertThat(set.owesAck()).isTrue();

        fast.acks().onAcknowledged();
        set.onAcknowledged(fast, NOW);

        assertThat(set.owesAck()).isFalse();
        assertThat(slow.acks().dueAtNanos())
                .as("its own says only what its round trip is")
                .isEqualTo(NOW + AckSchedule.MAX_TOLD_DELAY_NANOS);
        assertThat(fast.acks().dueAtNanos()).isEqualTo(Deadline.NONE);
    }

    /** Who told it, and has heard more since, does not wait for others. */
    @Test
    void shouldNotPutOffTheAcknowledgementOfTheTeller() {
        fast.acks().onNumberedFrame(100, false, NOW);
        long dueAtNanos = fast.acks().dueAtNanos();

        set.onAcknowledged(fast, NOW);

        assertThat(fast.acks().dueAtNanos()).isEqualTo(dueAtNanos);
        assertThat(set.owesAck()).isTrue();
    }

    @Test
    void shouldAcknowledgeEverywhereAtOnce() {
        set.acknowledgeEverywhere(NOW);

        assertThat(set.members())
                .allSatisfy(subflow -> assertThat(subflow.acks().dueAtNanos()).isEqualTo(NOW));
    }
}
