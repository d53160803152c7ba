package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Whoever ends event loops on which something may be open gives them a quiet period: a loop of Netty's that is busy just then may
 * else end without closing its channels (GUIDE.md, "Shutting a group down"). Their buffers leak, now and then, where the machine is
 * busy; and nothing of that is to be seen where the mistake is.
 */
class QuietPeriodTest {

    private static final Pattern NO_PERIOD = Pattern.compile("\\bshutdownGracefully\\(\\s*0\\s*,");

    private static final Set<String> WITHOUT_CHANNELS_OR_ON_PURPOSE = Set.of(
            "SeveralLoopsTest",
            "LoopMoveTest",
            "OrderlyCloseTest",
            "PathManagerTest",
            "BlockingBridgeTest",
            "BootstrapTest");

    @Test
    void shouldEndNoLoopWithoutOne() {
        Sources sources = Sources.ofProject();
        assertThat(sources.files().keySet().stream()
                        .filter(name -> NO_PERIOD.matcher(sources.ofClass(name)).find()))
                .containsExactlyInAnyOrderElementsOf(WITHOUT_CHANNELS_OR_ON_PURPOSE);
    }
}
