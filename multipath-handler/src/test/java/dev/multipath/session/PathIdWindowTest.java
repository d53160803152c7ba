package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Path ids that were used: the latest 64 by name, all below as one. */
class PathIdWindowTest {

    private final PathIdWindow window = new PathIdWindow();

    @Test
    void shouldKnowWhichWereUsedInWhateverOrder() {
        window.use(5);
        window.use(3);

        assertThat(window.isUsed(5)).isTrue();
        assertThat(window.isUsed(4)).isFalse();
        assertThat(window.isUsed(3)).isTrue();
        assertThat(window.isUsed(6)).isFalse();
        window.use(6);
        assertThat(window.isUsed(6)).isTrue();
        assertThat(window.isUsed(5)).isTrue();
        assertThat(window.isUsed(4)).isFalse();
        assertThat(window.isUsed(3)).isTrue();
    }

    @Test
    void shouldTakeWhatIsFarBelowForUsed() {
        window.use(100);

        assertThat(window.isUsed(37)).as("63 below").isFalse();
        assertThat(window.isUsed(36)).as("64 below").isTrue();
        window.use(37);
        assertThat(window.isUsed(37)).isTrue();
    }

    /** A shift by 64 would be none. */
    @Test
    void shouldForgetWhatItKnewAtALeap() {
        window.use(1);
        window.use(1 + 63);
        assertThat(window.isUsed(1)).isTrue();
        assertThat(window.isUsed(2)).isFalse();

        window.use(1 + 63 + 64);

        assertThat(window.isUsed(1 + 63 + 64)).isTrue();
        assertThat(window.isUsed(1 + 63 + 63)).isFalse();
        assertThat(window.isUsed(1 + 63 + 1)).isFalse();
        assertThat(window.isUsed(1 + 63)).isTrue();
    }
}
