package dev.multipath.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PathAttributesTest {

    @Test
    void shouldChangeOneAndKeepTheOthers() {
        PathAttributes all = PathAttributes.DEFAULT
                .withBackup(true)
                .withWeight(3)
                .withCost(2)
                .withMaxBytesPerSecond(10_000)
                .withQuotaBytes(1 << 20)
                .withSockets(8);

        assertThat(all).isEqualTo(new PathAttributes(true, 3, 2, 10_000, 1 << 20, 8));
    }

    @Test
    void shouldSayInALogWhatIsNotAsByDefault() {
        assertThat(PathAttributes.DEFAULT).hasToString("default");
        assertThat(PathAttributes.DEFAULT.withBackup(true).withQuotaBytes(0)).hasToString("backup, quotaBytes=0");
        assertThat(new PathAttributes(false, 3, 2, 10_000, PathAttributes.UNLIMITED, 8))
                .hasToString("weight=3, cost=2, maxBytesPerSecond=10000, sockets=8");
    }

    @Test
    void shouldRefuseWhatCannotBe() {
        PathAttributes none = PathAttributes.DEFAULT;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.withWeight(0))
                .withMessageContaining("weight");
        assertThatIllegalArgumentException().isThrownBy(() -> none.withCost(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> none.withMaxBytesPerSecond(999));
        assertThatIllegalArgumentException().isThrownBy(() -> none.withQuotaBytes(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> none.withSockets(0));
        assertThatIllegalArgumentException().isThrownBy(() -> none.withSockets(33));
    }
}
