package dev.multipath.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFilesTest {

    @TempDir
    private Path directory;

    @Test
    void jsonHasEveryReading() throws Exception {
        ResultFiles.write(Experiments.result("busy"), directory.resolve("new"));
        JsonNode root = new ObjectMapper()
                .readTree(directory.resolve("new/bulk-64-b.json").toFile());
        assertThat(root.get("title").asText()).isEqualTo("bulk, 64 B");
        assertThat(root.get("doubts").get(0).asText()).isEqualTo("busy");
        assertThat(root.get("cores").asInt()).isPositive();
        JsonNode ours = root.get("variants").get(1);
        assertThat(ours.get("label").asText()).isEqualTo("ours");
        assertThat(ours.get("baseline").asText()).isEqualTo("plain");
        assertThat(ours.get("MB/s").toString()).isEqualTo("[50.0,800.0,200.0]");
        assertThat(ours.get("B/write").toString()).isEqualTo("[30.0,50.0,20.0]");
    }

    @Test
    void aChartIsMadeAndAnOldOneGoesWhenTheMachineIsBusy() throws Exception {
        Path chart = directory.resolve("bulk-64-b.png");
        ResultFiles.write(Experiments.result(), directory);
        assertThat(chart).isNotEmptyFile();
        ResultFiles.write(Experiments.result("busy"), directory);
        assertThat(chart).doesNotExist();
    }
}
