package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether each rule of docs/PROTOCOL.md has a test that names it, in any module. The build prints how many. */
class RequirementsTest {

    @Test
    void shouldHaveATestForEveryRequirement() throws IOException {
        Set<String> identifiers = Requirements.identifiers(Files.readString(Path.of("../docs/PROTOCOL.md")));
        TestSources sources = TestSources.ofAllModules();
        Set<String> tested = sources.testsByIdentifier().keySet();
        System.out.println(identifiers.size() + " requirements of docs/PROTOCOL.md, "
                + identifiers.stream().filter(tested::contains).count() + " with a test");

        assertThat(sources.mistakes()).isEmpty();
        assertThat(tested).as("the document has what tests name").isSubsetOf(identifiers);
        assertThat(identifiers).as("tests name what the document has").isSubsetOf(tested);
        assertThat(identifiers).hasSizeGreaterThan(100);
    }

    // ---- the document

    @Test
    void shouldReadIdentifiersBehindTheirRules() {
        assertThat(Requirements.identifiers("\"MUST\" and `MUST`. A\nMUST do [A-1]; it MUST NOT\nleave [A-2].\n\n"
                        + "Each MUST hold:\n\n| | rule |\n| --- | --- |\n| [B-1] | one |\n| [B-2] | it MUST [B-3] |\n"))
                .containsExactly("A-1", "A-2", "B-1", "B-2", "B-3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "It MUST.",
                "It SHALL NOT do.\n\nAnother [A-1].",
                "One MUST do, and another MUST [A-1].",
                "One MUST `[A-1]`.",
                "One MUST [A-1]. One MUST [A-1].",
                "Each MUST hold:\n\n| | rule |\n\nAnother [A-1]"
            })
    void shouldRefuseARuleWithoutAnIdentifierOfItsOwn(String markdown) {
        assertThatIllegalArgumentException().isThrownBy(() -> Requirements.identifiers(markdown));
    }

    // ---- the tests

    @Test
    void shouldFindTestsThatRun(@TempDir Path directory) throws IOException {
        TestSources sources = sources(directory, "SomeTest.java", """
                @Requirement("A-1")
                class SomeTest {
                    @Requirement({"A-2", "A-3"})
                    @Test
                    void one() {}
                    @ParameterizedTest
                    @dev.multipath.testing.Requirement("A-3")
                    void other(int i) {}
                    @Nested
                    class Inner {
                        @Requirement("A-4")
                        @Property
                        void third() {}
                    }
                }
                """);

        assertThat(sources.mistakes()).isEmpty();
        assertThat(sources.testsByIdentifier())
                .containsOnlyKeys("A-1", "A-2", "A-3", "A-4")
                .containsEntry("A-3", List.of("SomeTest.java one", "SomeTest.java other"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "class SomeTest { @Requirement(\"A-1\") void noTest() {} }",
                "class SomeTest { @Requirement(\"A-1\") @Test @Disabled void off() {} }",
                "class SomeTest { @Requirement(\"A-1\") @Test @EnabledIfSystemProperty(named = \"x\") void may() {} }",
                "@Disabled class SomeTest { @Requirement(\"A-1\") @Test void off() {} }",
                "abstract class SomeTest { @Requirement(\"A-1\") @Test void off() {} }",
                "class SomeTest { static class Inner { @Requirement(\"A-1\") @Test void unseen() {} } }",
                "class SomeTest { @Requirement(\"A-1\") int field; }",
                "@Requirement(\"A-1\") class SomeTest { void noTest() {} }",
                "@Requirement(\"A-1\") class SomeTest { @Test @Disabled void off() {} }"
            })
    void shouldRefuseANameOnWhatIsNoTestOrMayNotRun(String source, @TempDir Path directory) throws IOException {
        TestSources sources = sources(directory, "SomeTest.java", source);

        assertThat(sources.testsByIdentifier()).isEmpty();
        assertThat(sources.mistakes()).singleElement().asString().contains("A-1");
    }

    @Test
    void shouldRefuseANameInAFileThatTheBuildDoesNotRun(@TempDir Path directory) throws IOException {
        TestSources sources =
                sources(directory, "Helper.java", "class Helper { @Requirement(\"A-1\") @Test void a() {} }");

        assertThat(sources.mistakes()).hasSize(1);
    }

    private static TestSources sources(Path directory, String file, String source) throws IOException {
        return TestSources.of(List.of(Files.writeString(directory.resolve(file), source)));
    }
}
