package dev.multipath;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the {@code HouseTest} of the benchmarks sees to in the modules below them, for this one, which has no place there. */
class HouseTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            // jcstress's own.
            .withImportOption(location -> !location.contains("_jcstress"))
            .importPath(Path.of("target", "classes"));

    @Test
    void shouldHaveNoCirclesOfClasses() {
        assertThat(CLASSES).hasSizeGreaterThanOrEqualTo(5);
        assertThat(new ClassCycles(CLASSES).members()).isEmpty();
    }
}
