package dev.multipath.testsuite;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.testsuite.transport.socket.AbstractSocketTest;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A new version of Netty may bring new tests. */
class EveryTestOfNettysTest {

    private static final Pattern NETTYS = Pattern.compile("io/netty/testsuite/transport/socket/(\\w+Test)\\.class");

    private static final Pattern OURS = Pattern.compile("(\\w+Test)\\.class");

    /** What others of Netty's tests extend, without tests. */
    private static final Set<String> BASES = Set.of(
            "AbstractClientSocketTest", "AbstractDatagramTest", "AbstractServerSocketTest", "AbstractSocketTest");

    @Test
    void shouldRunOrBeListedWithAReason() throws Exception {
        Set<String> known = extended();
        assertThat(known).doesNotContainAnyElementsOf(NotRun.REASONS.keySet());
        known.addAll(NotRun.REASONS.keySet());
        known.addAll(BASES);
        assertThat(known).isEqualTo(inJar());
    }

    private static Set<String> inJar() throws IOException, URISyntaxException {
        Path jar = location(AbstractSocketTest.class);
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.stream()
                    .flatMap(entry -> NETTYS.matcher(entry.getName()).results())
                    .map(result -> result.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static Set<String> extended() throws Exception {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(location(NotRun.class).resolve("dev/multipath/testsuite"))) {
            for (Path file : files.toList()) {
                for (MatchResult result :
                        OURS.matcher(file.getFileName().toString()).results().toList()) {
                    if (!file.getFileName().toString().contains("$")) {
                        Class<?> test = Class.forName("dev.multipath.testsuite." + result.group(1));
                        if (test.isAnnotationPresent(OverSubflows.class)) {
                            names.add(test.getSuperclass().getSimpleName());
                        }
                    }
                }
            }
        }
        return names;
    }

    private static Path location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
