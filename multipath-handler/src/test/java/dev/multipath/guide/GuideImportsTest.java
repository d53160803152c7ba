package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who copies a piece of the guide's finds in it where the classes are. */
class GuideImportsTest {

    private static final Pattern WORD = Pattern.compile("\\w+");
    private static final String IMPORTS = "Imports";

    @Test
    void shouldNameThePackageOfEveryClassInThePiecesOfCode() {
        Document guide = Document.of("docs/GUIDE.md");
        Set<String> words = guide.code().stream()
                .flatMap(piece -> WORD.matcher(piece).results())
                .map(word -> word.group())
                .collect(Collectors.toSet());
        List<List<String>> rows = guide.section("Moving an application over").subsections().stream()
                .filter(part -> part.heading().equals(IMPORTS))
                .findFirst()
                .orElseThrow()
                .codeRows();

        List<JavaClass> used = new ArrayList<>();
        for (JavaClass type : publicClasses()) {
            if (words.contains(type.getSimpleName())) {
                used.add(type);
            }
        }
        assertThat(used).hasSizeGreaterThan(20).allSatisfy(type -> assertThat(rows)
                .as(type.getName())
                .anyMatch(row -> isOf(row.get(0), type) && row.get(1).contains("`" + type.getSimpleName() + "`")));
    }

    private static List<JavaClass> publicClasses() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.multipath").stream()
                        .filter(type ->
                                type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                        .toList();
    }

    /** A cell may name several packages, of which the first is whole; those below count with each. */
    private static boolean isOf(String cell, JavaClass type) {
        return Stream.of(cell.replace("`", "").replace("dev.multipath.", "").split(", "))
                .map(name -> "dev.multipath." + name)
                .anyMatch(name -> (type.getPackageName() + ".").startsWith(name + "."));
    }
}
