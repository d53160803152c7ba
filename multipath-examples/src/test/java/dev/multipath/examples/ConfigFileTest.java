package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigFileTest {
    @TempDir
    private Path directory;

    private String config(String text) throws Exception {
        return Files.writeString(directory.resolve("config"), text.replace(';', '\n'))
                .toString();
    }

    @Test
    void shouldTakeOptionsAndPathsFromAFile() throws Exception {
        String file = config("""
                # of both ends
                listen.port = 0,0
                listen.bind = 127.0.0.1
                listen.echo = true
                listen.sink = false
                quit-after = 5s
                """);
        try (RunningCommand server = RunningCommand.start("listen", "--config", file)) {
            String paths = String.join(" ", server.addresses());
            try (RunningCommand client =
                    RunningCommand.start("connect", "--config=" + config("paths = " + paths + ";stats = never"))) {
                client.sendAll("both".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.output().readAllBytes()).asString().isEqualTo("both");
                assertThat(client.exitCode()).isZero();
                assertThat(client.stderr()).contains(paths.split(" "));
            }
        }
    }

    @Test
    void shouldPreferTheCommandLine() throws Exception {
        String file = config("port = 1;bind = 192.0.2.1;echo = true;drain = never");
        try (RunningCommand server =
                RunningCommand.start("listen", "--config", file, "-p0", "--bind=127.0.0.1", "--echo")) {
            assertThat(server.addresses()).singleElement().asString().startsWith("127.0.0.1:");
        }
    }

    @Test
    void shouldPreferAModeOfTheCommandLine() throws Exception {
        String file = config("port = 0;bind = 127.0.0.1;relay = 127.0.0.1:22");
        try (RunningCommand server = RunningCommand.start("listen", "--config", file, "--echo")) {
            try (RunningCommand client =
                    RunningCommand.start("connect", server.addresses().get(0))) {
                client.sendAll("echo".getBytes(StandardCharsets.US_ASCII));
                assertThat(client.output().readAllBytes()).asString().isEqualTo("echo");
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "colour = red | 'colour' in FILE is no option of listen",
                "config = other | 'config' in FILE is no option of listen",
                "echo = maybe | 'echo' in FILE is true or false, not 'maybe'",
                "speak.echo = true | 'speak' in 'speak.echo' is no command",
                "port = x | 'x' is not a port",
                "echo = true;sink = true | mutually exclusive",
                "socks = 127.0.0.1:1 | 'socks' in FILE is no option of listen",
                "x = \\u00zz | cannot read 'FILE'",
            })
    void shouldSayWhatIsWrongInOneLine(String text, String complaint) throws Exception {
        String file = config(text);
        try (RunningCommand server = RunningCommand.start("listen", "--config", file)) {
            assertThat(server.exitCode()).isEqualTo(2);
            assertThat(server.stderr())
                    .contains(complaint.replace("FILE", file))
                    .hasLineCount(1);
        }
    }

    @Test
    void shouldSayThatThereIsNoFile() throws Exception {
        try (RunningCommand server = RunningCommand.start("listen", "--config", "/nowhere/config")) {
            assertThat(server.exitCode()).isEqualTo(2);
            assertThat(server.stderr())
                    .contains("cannot read '/nowhere/config'")
                    .hasLineCount(1);
        }
        try (RunningCommand server = RunningCommand.start("listen", "--config")) {
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> !server.isRunning());
            assertThat(server.stderr()).contains("--config").hasLineCount(1);
        }
    }
}
