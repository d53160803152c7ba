package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SchedulersTest {

    @ParameterizedTest
    @EnumSource
    void shouldBeFoundByItsNameAndMakeOneForEachSession(Schedulers scheduler) {
        assertThat(Schedulers.byName(scheduler.word())).isSameAs(scheduler);
        assertThat(scheduler.get()).isNotNull().isNotSameAs(scheduler.get());
    }

    @Test
    void shouldNameAllWhenThereIsNoneOfThatName() {
        assertThat(Schedulers.LOWEST_RTT.word()).isEqualTo("lowest-rtt");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedulers.byName("lowest"))
                .withMessageContaining("no scheduler lowest")
                .withMessageContaining("earliest, lowest-rtt, round-robin");
    }
}
