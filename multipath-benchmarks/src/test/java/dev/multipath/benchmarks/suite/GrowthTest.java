package dev.multipath.benchmarks.suite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GrowthTest {

    @TempDir
    private Path directory;

    @Test
    void shouldMeasureEachPointOfEachCurve() throws Exception {
        int exit = new CommandLine(new Growth())
                .execute(
                        "--transports=NIO",
                        "--rounds=1",
                        "--warmup=0",
                        // Many ticks of the process's CPU clock (10 ms): one that shows none is refused, rightly.
                        "--seconds=0.25",
                        "--subflows=1,3",
                        "--frames=4096",
                        "--counts=1,2",
                        "--out=" + directory);
        assertThat(exit).isZero();
        assertThat(labels("bulk-by-subflows")).containsExactly("nio plain", "nio multipath 1", "nio multipath 3");
        assertThat(labels("bulk-by-size-of-frames")).containsExactly("nio plain", "nio multipath 2, frames of 4096 B");
        assertThat(labels("echo-by-sessions"))
                .containsExactly("nio plain x 1", "nio multipath 2 x 1", "nio plain x 2", "nio multipath 2 x 2");
    }

    private Iterable<String> labels(String title) throws Exception {
        JsonNode root =
                new ObjectMapper().readTree(directory.resolve(title + ".json").toFile());
        return root.get("variants").findValuesAsText("label");
    }
}
