package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeakGuardTest {
    private final RecordingLeakDetectors detectors = new RecordingLeakDetectors();
    private final ResourceLeakDetector<Object> detector = detectors.newResourceLeakDetector(Object.class, 1);

    @Test
    void shouldReportAResourceOnceWhenItWasCollectedUnreleased() {
        detector.trackForcibly(new Object());

        assertThat(detectors.awaitLeaks()).singleElement().asString().startsWith("Object");
        assertThat(detectors.awaitLeaks()).isEmpty();
    }

    @Test
    void shouldReportNothingWhenAResourceWasReleased() {
        Object resource = new Object();
        ResourceLeakTracker<Object> tracker = detector.trackForcibly(resource);
        tracker.close(resource);

        assertThat(detectors.awaitLeaks()).isEmpty();
    }

    @Test
    void shouldWatchTheWholeRunWhenTheServiceFileIsOnTheClassPath() {
        assertThat(List.of(ResourceLeakDetectorFactory.instance(), ResourceLeakDetector.getLevel()))
                .satisfiesExactly(
                        factory -> assertThat(factory).isInstanceOf(RecordingLeakDetectors.class),
                        level -> assertThat(level).isEqualTo(ResourceLeakDetector.Level.PARANOID));
    }
}
