package dev.multipath.benchmarks.suite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.multipath.benchmarks.report.Metric;
import dev.multipath.benchmarks.report.Reading;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Go's own multipath library, both ends in one process: {@code src/main/go}, built when it is first wanted. */
final class GoBench {

    private static final List<String> SOURCES = List.of("main.go", "go.mod", "go.sum");

    private final Path program;

    private GoBench(Path program) {
        this.program = program;
    }

    static boolean isAvailable() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, "go"))) {
                return true;
            }
        }
        return false;
    }

    static GoBench build() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("gobench");
        directory.toFile().deleteOnExit();
        for (String name : SOURCES) {
            try (InputStream source = GoBench.class.getResourceAsStream("/gobench/" + name)) {
                Files.copy(source, directory.resolve(name));
            }
            directory.resolve(name).toFile().deleteOnExit();
        }
        Path program = directory.resolve("gobench");
        program.toFile().deleteOnExit();
        Process build = new ProcessBuilder("go", "build", "-o", program.toString(), ".")
                .directory(directory.toFile())
                .inheritIO()
                .start();
        if (build.waitFor() != 0) {
            throw new IOException("go build failed");
        }
        return new GoBench(program);
    }

    Reading bulk(int writeBytes, int paths, Duration duration) throws IOException, InterruptedException {
        JsonNode result = run("bulk", writeBytes, paths, duration);
        return new Reading(Map.of(
                Metric.MEGABYTES_PER_SECOND,
                result.get("bytes").asDouble() / result.get("seconds").asDouble() / 1e6));
    }

    Reading echo(int requestBytes, int paths, Duration duration) throws IOException, InterruptedException {
        JsonNode result = run("echo", requestBytes, paths, duration);
        Map<Metric, Double> values = new LinkedHashMap<>();
        values.put(Metric.P50_MICROS, result.get("p50").asDouble());
        values.put(Metric.P99_MICROS, result.get("p99").asDouble());
        return new Reading(values);
    }

    private JsonNode run(String what, int writeBytes, int paths, Duration duration)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString(), what));
        command.addAll(List.of("-write", Integer.toString(writeBytes), "-paths", Integer.toString(paths)));
        command.addAll(List.of("-seconds", String.format(Locale.ROOT, "%.3f", duration.toMillis() / 1e3)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream output = process.getInputStream()) {
            JsonNode result = new ObjectMapper().readTree(output);
            if (process.waitFor() != 0) {
                throw new IOException("gobench ended with " + process.exitValue());
            }
            return result;
        }
    }
}
