package dev.multipath.testsuite.attack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class AttackListTest {

    @Test
    void shouldBeAtLeastSixtyOfDifferentNames() {
        assertThat(AttackList.all()).hasSizeGreaterThanOrEqualTo(60);
        assertThat(AttackList.all()).extracting(Attack::name).doesNotHaveDuplicates();
    }

    @Test
    void shouldLeaveATableOfThem() throws IOException {
        List<String> table = Stream.concat(
                        Stream.of(
                                "| attack | victim | profile | what it does | what is expected |",
                                "| --- | --- | --- | --- | --- |"),
                        AttackList.all().stream().map(Attack::row))
                .toList();
        Path file = Path.of("target", "attacks.md");
        Files.createDirectories(file.getParent());
        Files.write(file, table);

        assertThat(table).allMatch(row -> row.chars().filter(c -> c == '|').count() == 6);
    }
}
