package dev.multipath;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code LayeringTest} sees to in the rooms that it sees, in the modules above them: this one has them all below it. */
class HouseTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // JMH's own.
            .withImportOption(location -> !location.contains("jmh_generated"))
            .importPackages("dev.multipath.quic", "dev.multipath.examples", "dev.multipath.benchmarks");

    @ParameterizedTest
    @ValueSource(strings = {"dev.multipath.quic", "dev.multipath.examples", "dev.multipath.benchmarks"})
    void shouldHaveNoCirclesOfClasses(String module) {
        List<JavaClass> inside =
                CLASSES.stream().filter(resideInAPackage(module + "..")).toList();

        assertThat(inside).hasSizeGreaterThan(15);
        assertThat(new ClassCycles(inside).members()).isEmpty();
    }
}
