package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever follows a document's links and references finds something. */
class LinksTest {

    /** Not those into the web. */
    private static final Pattern LINK = Pattern.compile("]\\(([^):#]+)\\)");

    private static final Pattern REFERENCE = Pattern.compile("\\bsee\\s\"([^\"]+)\"(?!\\s+in)");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "README.md",
                "CHANGELOG.md",
                "CONTRIBUTING.md",
                "SECURITY.md",
                "docs/ARCHITECTURE.md",
                "docs/FLEET.md",
                "docs/GUIDE.md",
                "docs/INTEROP.md",
                "docs/PERFORMANCE.md",
                "docs/PROTOCOL.md",
                "docs/RELIABILITY.md",
                "docs/TESTING.md",
                "docs/TRANSPORT.md"
            })
    void shouldPointToWhatThereIs(String document) {
        Path directory = Path.of("..").resolve(document).getParent();
        String text = Document.of(document).text();
        assertThat(groups(LINK, text)).allSatisfy(link -> assertThat(Files.exists(directory.resolve(link)))
                .as(link)
                .isTrue());
        assertThat(groups(REFERENCE, text)).allSatisfy(heading -> assertThat(text)
                .containsPattern("(?m)^#+ " + Pattern.quote(heading.replaceAll("\\s+", " ")) + "$"));
    }

    private static List<String> groups(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1)).toList();
    }
}
