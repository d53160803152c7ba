package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.PathSocketFrame;
import dev.multipath.congestion.PathLimits;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.testing.Requirement;
import org.junit.jupiter.api.Test;

/** Caps and quotas of paths. */
class SessionPathTermsTest {

    private final PathLimits limits = new PathLimits();

    private void set(VirtualSession fixture, Subflow subflow, PathAttributes attributes) {
        fixture.session.path(subflow, "home", attributes, limits);
    }

    @Test
    void shouldTellSchedulersWhatIsWantedOfAPath() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(40);
            set(fixture, subflow, PathAttributes.DEFAULT.withCost(3));

            assertThat(subflow.label()).isEqualTo("home");
            assertThat(subflow.attributes().cost()).isEqualTo(3);
            fixture.sendAndTransmit(700);
            assertThat(subflow.sentBytes()).isEqualTo(700);
        }
    }

    /** No acknowledgement comes: the session's own timer lets the next frame leave. */
    @Test
    void shouldSendNoFasterThanThePathMay() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(40);
            set(fixture, subflow, PathAttributes.DEFAULT.withMaxBytesPerSecond(100_000));
            fixture.transmit();

            assertThat(fixture.sendAndTransmit(2_000)).containsExactly("0: frame 10 of 2000");
            assertThat(fixture.sendAndTransmit(2_000)).isEmpty();
            assertThat(subflow.isUsable()).isTrue();
            // 500 bytes of debt.
            assertThat(fixture.passToDeadline()).isEqualTo(5);
            assertThat(fixture.transmit()).containsExactly("0: frame 11 of 2000");
        }
    }

    @Test
    void shouldCapAllSubflowsOfAPathTogether() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            PathAttributes capped = PathAttributes.DEFAULT.withMaxBytesPerSecond(100_000);
            set(fixture, fixture.first(40), capped);
            set(fixture, fixture.join(40), capped);
            fixture.transmit();

            assertThat(fixture.sendAndTransmit(2_000)).hasSize(1);
            assertThat(fixture.sendAndTransmit(2_000)).isEmpty();
        }
    }

    @Test
    @Requirement("PATH-19")
    void shouldTellTheServerWhichSubflowsAreSocketsOfOnePath() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            PathAttributes sockets = PathAttributes.DEFAULT.withSockets(2);
            Subflow first = fixture.first(40);
            fixture.transmit();
            set(fixture, first, sockets);
            assertThat(fixture.transmit()).containsExactly("0: socket of 0");
            Subflow other = fixture.join(40);
            fixture.session.path(other, "other", sockets, new PathLimits());
            assertThat(fixture.transmit()).contains("1: socket of 1");
            set(fixture, fixture.join(40), sockets);
            assertThat(fixture.transmit()).contains("2: socket of 0");
            set(fixture, fixture.join(40), PathAttributes.DEFAULT);
            assertThat(fixture.transmit()).noneMatch(words -> words.contains("socket"));
            set(fixture, first, sockets.withCost(3));
            assertThat(fixture.transmit()).isEmpty();
        }
    }

    /** Only what this end does not know itself; and a client believes nothing of it. */
    @Test
    @Requirement("PATH-20")
    void shouldLimitTogetherWhatTheClientCallsSocketsOfOnePath() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(40);
            Subflow second = fixture.join(40);
            Subflow alone = fixture.join(40);
            long limitBytes = first.inFlightLimitBytes();
            fixture.receive(first, new PathSocketFrame(7));
            assertThat(first.inFlightLimitBytes()).isEqualTo(limitBytes);
            fixture.receive(second, new PathSocketFrame(7));
            fixture.receive(second, new PathSocketFrame(8));
            fixture.receive(alone, new PathSocketFrame(9));

            assertThat(first.inFlightLimitBytes()).isEqualTo(second.inFlightLimitBytes());
            assertThat(first.inFlightLimitBytes() + second.inFlightLimitBytes())
                    .isLessThanOrEqualTo(alone.inFlightLimitBytes());
        }
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(40);
            Subflow second = fixture.join(40);
            long limitBytes = first.inFlightLimitBytes();
            fixture.receive(first, new PathSocketFrame(7));
            fixture.receive(second, new PathSocketFrame(7));

            assertThat(first.inFlightLimitBytes()).isEqualTo(limitBytes);
        }
    }

    @Test
    void shouldUseAnotherPathWhenTheQuotaIsUsedUpAndTellThePeer() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            fixture.join(80);
            set(fixture, near, PathAttributes.DEFAULT.withQuotaBytes(5_000));

            assertThat(fixture.sendAndTransmit(5_000)).containsExactly("0: frame 10 of 5000");
            assertThat(fixture.sendAndTransmit(6_000)).containsExactly("0: path 0 backup", "1: frame 11 of 6000");
            assertThat(near.isBackup()).isTrue();

            set(fixture, near, PathAttributes.DEFAULT.withQuotaBytes(1 << 20));
            assertThat(fixture.sendAndTransmit(7_000)).contains("0: path 0 available", "0: frame 12 of 7000");
        }
    }

    @Test
    void shouldCountWhatComes() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            fixture.join(80);
            set(fixture, near, PathAttributes.DEFAULT.withQuotaBytes(5_000));
            fixture.receiveData(near, 10, 5_000);

            assertThat(fixture.sendAndTransmit(100)).contains("0: path 0 backup", "1: frame 10 of 100");
        }
    }

    /** Also as the last resort. */
    @Test
    void shouldSendNothingBeyondTheQuotaWhenThereIsNoOtherPath() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow only = fixture.subflow(10);
            set(fixture, only, PathAttributes.DEFAULT.withQuotaBytes(5_000));
            fixture.sendAndTransmit(5_000);

            assertThat(fixture.sendAndTransmit(100)).isEmpty();
            for (int i = 0; i < 5; i++) {
                fixture.passToDeadline();
                assertThat(fixture.transmit()).noneMatch(words -> words.contains("frame"));
            }
        }
    }

    /** What a setting of the application's says stays, whatever becomes of the quota. */
    @Test
    void shouldStayABackupWhenTheQuotaIsRaised() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            fixture.join(80);
            set(fixture, near, PathAttributes.DEFAULT.withQuotaBytes(0));
            fixture.session.setBackup(near, true);
            fixture.transmit();
            set(fixture, near, PathAttributes.DEFAULT);

            assertThat(fixture.sendAndTransmit(100)).contains("1: frame 10 of 100");
            assertThat(near.isBackup()).isTrue();
        }
    }
}
