package dev.multipath;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code LayeringTest} sees to in the rooms that it sees, in the modules above them: this one has them all below it. */
class HouseTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            // JMH's own.
            .withImportOption(location -> !location.contains("jmh_generated"))
            .importPackages(
                    "dev.multipath.quic",
                    "dev.multipath.examples",
                    "dev.multipath.recipes",
                    "dev.multipath.benchmarks");

    @ParameterizedTest
    @CsvSource({
        "dev.multipath.quic, 15",
        "dev.multipath.examples, 15",
        "dev.multipath.recipes, 5",
        "dev.multipath.benchmarks, 15"
    })
    void shouldHaveNoCirclesOfClasses(String module, int least) {
        List<JavaClass> inside =
                CLASSES.stream().filter(resideInAPackage(module + "..")).toList();

        assertThat(inside).hasSizeGreaterThanOrEqualTo(least);
        assertThat(new ClassCycles(inside).members()).isEmpty();
    }
}
