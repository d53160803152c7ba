package dev.multipath.channel;

import static dev.multipath.channel.ChannelLife.State.ACTIVE;
import static dev.multipath.channel.ChannelLife.State.CLOSED;
import static dev.multipath.channel.ChannelLife.State.CONNECTING;
import static dev.multipath.channel.ChannelLife.State.DRAINING;
import static dev.multipath.channel.ChannelLife.State.ENDED;
import static dev.multipath.channel.ChannelLife.State.LEAVING;
import static dev.multipath.channel.ChannelLife.State.OPEN;
import static dev.multipath.channel.ChannelLife.State.STOPPING;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.channel.ChannelLife.State;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ChannelLifeTest {

    /** As {@code docs/ARCHITECTURE.md} draws it. */
    private static final Map<State, Set<State>> DRAWN = Map.of(
            OPEN, EnumSet.of(CONNECTING, CLOSED),
            CONNECTING, EnumSet.of(ACTIVE, CLOSED),
            ACTIVE, EnumSet.of(ENDED, DRAINING, STOPPING, CLOSED),
            ENDED, EnumSet.of(LEAVING, CLOSED),
            DRAINING, EnumSet.of(CLOSED),
            LEAVING, EnumSet.of(CLOSED),
            STOPPING, EnumSet.of(CLOSED),
            CLOSED, EnumSet.noneOf(State.class));

    @ParameterizedTest
    @EnumSource
    void shouldBecomeWhatIsDrawnAndNothingElse(State state) {
        List<State> possible =
                Arrays.stream(State.values()).filter(state::canBecome).toList();
        assertThat(possible).containsExactlyInAnyOrderElementsOf(DRAWN.get(state));
    }

    @Test
    void shouldRefuseToComeBack() {
        ChannelLife life = new ChannelLife(ACTIVE);
        life.become(CLOSED);
        assertThatThrownBy(() -> life.become(ACTIVE)).isInstanceOf(IllegalStateException.class);
        assertThat(life.isOpen()).isFalse();
    }

    /** What has ended can still be read, so Netty must call it active; what was closed is open until nothing is waited for. */
    @ParameterizedTest
    @EnumSource
    void shouldTellNettyHowFarItIs(State state) {
        ChannelLife life = new ChannelLife(state);
        assertThat(life.isOpen()).isEqualTo(state != CLOSED);
        assertThat(life.isActive()).isEqualTo(EnumSet.of(ACTIVE, ENDED).contains(state));
        assertThat(life.isClosing())
                .isEqualTo(EnumSet.of(DRAINING, LEAVING, STOPPING).contains(state));
    }
}
