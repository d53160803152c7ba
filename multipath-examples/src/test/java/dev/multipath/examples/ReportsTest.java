package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the tool prints beside the stream: for programs, for impatient people, for the shell and for man. */
final class ReportsTest {
    private static RunningCommand server() {
        return RunningCommand.start("listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static void echo(RunningCommand client, byte[] bytes) throws Exception {
        client.sendAll(bytes);
        assertThat(client.output().readAllBytes()).as(client.stderr()).isEqualTo(bytes);
        assertThat(client.exitCode()).as(client.stderr()).isZero();
    }

    /** The values of an object's own fields as text, and how many paths it has. */
    private static Map<String, String> fields(String line) throws IOException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser json = new JsonFactory().createParser(line)) {
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
            int paths = 0;
            while (json.nextToken() != JsonToken.END_OBJECT) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (value == JsonToken.START_ARRAY) {
                    while (json.nextToken() != JsonToken.END_ARRAY) {
                        json.skipChildren();
                        paths++;
                    }
                    fields.put(name, String.valueOf(paths));
                } else {
                    fields.put(name, json.getText());
                }
            }
            assertThat(json.nextToken()).isNull();
        }
        return fields;
    }

    @Test
    void shouldTellProgramsHowASessionEnded() throws Exception {
        try (RunningCommand server = server();
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--json")) {
            echo(client, new byte[100_000]);
            assertThat(client.stderr()).hasLineCount(1);
            assertThat(fields(client.stderr()))
                    .containsEntry("event", "end")
                    .containsEntry("session", "1")
                    .containsEntry("ok", "true")
                    .containsEntry("unacknowledged_bytes", "0")
                    .containsEntry("paths", "2")
                    .containsKeys("time", "age_ms")
                    .doesNotContainKey("error");
        }
    }

    @Test
    void shouldTellProgramsOfStatisticsAndFailures() throws Exception {
        try (RunningCommand server = server();
                RunningCommand client = RunningCommand.start(
                        server.addresses(), "connect", "--json", "--stats", "0.05", "--resume", "0")) {
            client.input().write(1);
            client.input().flush();
            assertThat(client.output().read()).isEqualTo(1);
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains("stats"));
            server.stop();
            assertThat(client.exitCode()).isEqualTo(1);
            List<String> objects =
                    client.stderr().lines().filter(line -> line.startsWith("{")).toList();
            assertThat(fields(objects.get(0))).containsEntry("event", "stats").doesNotContainKey("ok");
            assertThat(fields(objects.get(objects.size() - 1)))
                    .containsEntry("event", "end")
                    .containsEntry("ok", "false")
                    .containsKey("error");
        }
    }

    /** What fails at this end is no end in order either. */
    @Test
    void shouldTellProgramsThatAStreamFailedHere() throws Exception {
        try (RunningCommand server = server();
                RunningCommand client = RunningCommand.start(server.addresses(), "connect", "--json")) {
            client.input().write(1);
            client.input().flush();
            assertThat(client.output().read()).isEqualTo(1);
            client.breakInput();
            assertThat(client.exitCode()).isEqualTo(1);
            String object = client.stderr()
                    .lines()
                    .filter(line -> line.startsWith("{"))
                    .findFirst()
                    .orElseThrow();
            assertThat(fields(object)).containsEntry("event", "end").containsEntry("ok", "false");
            assertThat(fields(object).get("error")).contains("standard input");
        }
    }

    @Test
    void shouldShowHowFastEachPathIs() throws Exception {
        try (RunningCommand server = server()) {
            List<String> addresses = server.addresses();
            try (RunningCommand client = RunningCommand.start(
                    "connect", "--progress", "wifi=" + addresses.get(0), "lte=" + addresses.get(1))) {
                echo(client, new byte[2_000_000]);
                assertThat(client.stderr())
                        .matches(
                                "(?s).*multipath: sent 2\\.0 MB, received 2\\.\\d MB; wifi \\d+\\.\\d MB/s  lte \\d+\\.\\d MB/s\n");
            }
        }
    }

    @Test
    void shouldCompleteInShells() throws Exception {
        try (RunningCommand completion = RunningCommand.start("generate-completion")) {
            String script = new String(completion.output().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(completion.exitCode()).isZero();
            assertThat(script).contains("complete -F", "multipath", "--psk-file", "--egress");
            Process bash = new ProcessBuilder("bash", "-n").start();
            try (var input = bash.getOutputStream()) {
                input.write(script.getBytes(StandardCharsets.UTF_8));
            }
            assertThat(bash.waitFor()).isZero();
        } catch (IOException e) {
            assertThat(e).as("there is no bash here").hasMessageContaining("bash");
        }
    }

    /** The script has a variable for each label and not for each option, and an enumeration's constants are not our words. */
    @ParameterizedTest
    @CsvSource({
        "connect --mptcp r, require",
        "listen --mptcp o, off",
        "connect --quic-cc b, bbr",
        "connect --scheduler hand, handover",
        "listen --transport prefer, prefer-quic",
        "connect --dial-announced same, same-ports",
    })
    void shouldCompleteWords(String words, String completed) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no bash");
        try (RunningCommand completion = RunningCommand.start("generate-completion")) {
            Process bash = new ProcessBuilder("/bin/bash", "-s").start();
            try (var input = bash.getOutputStream()) {
                completion.output().transferTo(input);
                String asked = """
                        compopt() { :; }
                        COMP_WORDS=(multipath %s); COMP_CWORD=3
                        _complete_multipath; echo "${COMPREPLY[@]}"
                        """;
                input.write(asked.formatted(words).getBytes(StandardCharsets.UTF_8));
            }
            assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                    .isEqualTo(completed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "listen", "connect", "bench", "web", "demo", "man", "generate-completion"})
    void shouldHaveManualPages(String command) throws Exception {
        try (RunningCommand man =
                command.isEmpty() ? RunningCommand.start("man") : RunningCommand.start("man", command)) {
            String page = new String(man.output().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(man.exitCode()).as(man.stderr()).isZero();
            assertThat(page)
                    .startsWith(".TH \"MULTIPATH" + (command.isEmpty() ? "" : "-" + command.toUpperCase(Locale.ROOT)))
                    .contains(".SH NAME\n", ".SH SYNOPSIS\n", ".SH OPTIONS\n", "\\-\\-help")
                    .doesNotContain("${", "%n", "@|");
            // Of each line's beginning roff takes a dot for a command; here are all that a page needs.
            assertThat(page.lines().filter(line -> line.startsWith(".") || line.startsWith("'")))
                    .allMatch(line -> line.matches("\\.(TH|SH|TP|PP|nf|fi)( .*)?"));
        }
    }

    @Test
    void shouldKnowNoPageOfAnotherCommand() throws Exception {
        try (RunningCommand man = RunningCommand.start("man", "woman")) {
            assertThat(man.exitCode()).isEqualTo(2);
            assertThat(man.stderr()).contains("there is no command 'woman'").hasLineCount(1);
        }
    }
}
