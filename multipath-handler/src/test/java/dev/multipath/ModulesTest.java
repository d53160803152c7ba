package dev.multipath;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A module shows all of its packages: those whose types are internal keep them package-private. */
class ModulesTest {

    private static final Pattern EXPORTS = Pattern.compile("exports ([a-z.]+);");

    @ParameterizedTest
    @ValueSource(strings = {"multipath-codec", "multipath-handler", "multipath-quic"})
    void shouldExportEachPackage(String module) throws IOException {
        Path main = Path.of("..", module, "src", "main");
        String descriptor = Files.readString(main.resolve("module").resolve("module-info.java"));
        List<String> exported = EXPORTS.matcher(descriptor)
                .results()
                .map(result -> result.group(1))
                .toList();
        assertThat(exported).containsExactlyInAnyOrderElementsOf(packagesIn(main.resolve("java")));
    }

    private static List<String> packagesIn(Path sources) throws IOException {
        try (Stream<Path> files = Files.walk(sources)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> sources.relativize(file.getParent())
                            .toString()
                            .replace('/', '.')
                            .replace('\\', '.'))
                    .distinct()
                    .toList();
        }
    }
}
