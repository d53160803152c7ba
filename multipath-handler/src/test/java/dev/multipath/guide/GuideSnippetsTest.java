package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The guide's and the README's pieces of code stand in tests as they stand there, and do what they are said to do. */
class GuideSnippetsTest {

    /** Some are of other modules, which have what this one has no library for. */
    private static final Pattern CHAPTERS = Pattern.compile("Guide\\w+Test|GuideFixture|QuicGuideTest|GrpcTest");

    @Test
    void shouldHaveEachPieceOfCodeHere() {
        Sources sources = Sources.ofProject();
        String here = sources.files().keySet().stream()
                .filter(name -> CHAPTERS.matcher(name).matches())
                .map(sources::ofClass)
                .map(GuideSnippetsTest::condensed)
                .collect(Collectors.joining());
        for (String document : List.of("docs/GUIDE.md", "README.md")) {
            List<String> pieces = Document.of(document).code();
            assertThat(pieces).as(document).isNotEmpty();
            assertThat(pieces).allSatisfy(piece -> assertThat(here).contains(condensed(piece)));
        }
    }

    /** Where lines are broken is the formatter's affair here. */
    private static String condensed(String code) {
        return code.replaceAll("\\s", "");
    }
}
