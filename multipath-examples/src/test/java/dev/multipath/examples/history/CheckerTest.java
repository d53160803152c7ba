package dev.multipath.examples.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The checker can fail: each way to spoil a history is found, by the rule that it breaks, and no other history is blamed. */
final class CheckerTest {

    /** Nor of what all tests share but ports, depth and JVMs, which only those need that start the programs. */
    private static final Pattern OWN_IMPORT = Pattern.compile(
            "import (?:static )?dev\\.multipath\\.(?!examples\\.history\\.|testing\\.(?:LastingPorts|Depth|ChildJvm);)");

    @TempDir
    private Path directory;

    /** The server's history of one stream, which the client has written and closed. */
    private static final List<String> CLIENT = List.of(
            entry(10, "OPEN", 'u', 0, ""),
            entry(20, "WRITE", 'u', 0, "aaaabbbb"),
            entry(30, "WRITE", 'u', 8, "ccccdddd"),
            entry(40, "FIN", 'u', 16, ""),
            entry(70, "READ", 'd', 0, "eeee"),
            entry(80, "END", 'd', 4, ""));

    private static final List<String> SERVER = List.of(
            entry(24, "OPEN", 'd', 0, ""),
            entry(25, "READ", 'u', 0, "aaaa"),
            entry(35, "READ", 'u', 4, "bbbbcc"),
            entry(45, "READ", 'u', 10, "ccdddd"),
            entry(50, "END", 'u', 16, ""),
            entry(55, "WRITE", 'd', 0, "eeee"),
            entry(60, "FIN", 'd', 4, ""));

    private static final List<String> BROKEN_SERVER = new ArrayList<>(SERVER);

    static {
        BROKEN_SERVER.set(4, entry(50, "BROKEN", 'u', 16, ""));
    }

    private static String entry(long nanos, String event, char direction, long position, String text) {
        return new History.Entry(
                        nanos,
                        History.Event.valueOf(event),
                        7,
                        direction,
                        position,
                        text.getBytes(StandardCharsets.US_ASCII))
                .toString();
    }

    private enum Spoiled {
        CHANGED_BYTE(Checker.Rule.WRONG_BYTE, replace(2, entry(35, "READ", 'u', 4, "bbbbcx"))),
        SWAPPED_BYTES(Checker.Rule.WRONG_BYTE, replace(2, entry(35, "READ", 'u', 4, "ccbbbb"))),
        BYTES_FROM_NOWHERE(Checker.Rule.WRONG_BYTE, replace(3, entry(45, "READ", 'u', 10, "ccddddd"))),
        GAP(Checker.Rule.NOT_IN_ORDER, remove(2)),
        REPEATED(Checker.Rule.NOT_IN_ORDER, insert(3, entry(36, "READ", 'u', 4, "bbbbcc"))),
        OUT_OF_ORDER(Checker.Rule.NOT_IN_ORDER, swap(1, 2)),
        TOO_EARLY(Checker.Rule.BEFORE_ITS_TIME, replace(2, entry(29, "READ", 'u', 4, "bbbbcc"))),
        END_TOO_EARLY(Checker.Rule.FALSE_END, remove(3)),
        END_BEFORE_IT_WAS_SAID(Checker.Rule.FALSE_END, replace(4, entry(39, "END", 'u', 16, ""))),
        READ_BEHIND_END(Checker.Rule.BEHIND_THE_END, swap(3, 4)),
        TWO_ENDS(Checker.Rule.BEHIND_THE_END, insert(5, entry(51, "BROKEN", 'u', 16, ""))),
        OPENED_TWICE(Checker.Rule.TWICE, insert(1, entry(24, "OPEN", 'd', 0, ""))),
        NO_END(Checker.Rule.LOST, remove(4)),
        BROKEN_BY_NOBODY(Checker.Rule.LOST, replace(4, entry(50, "BROKEN", 'u', 16, "")));

        private final Checker.Rule rule;
        private final UnaryOperator<List<String>> spoil;

        Spoiled(Checker.Rule rule, UnaryOperator<List<String>> spoil) {
            this.rule = rule;
            this.spoil = spoil;
        }

        private static UnaryOperator<List<String>> replace(int index, String line) {
            return lines -> {
                lines.set(index, line);
                return lines;
            };
        }

        private static UnaryOperator<List<String>> remove(int index) {
            return lines -> {
                lines.remove(index);
                return lines;
            };
        }

        private static UnaryOperator<List<String>> insert(int index, String line) {
            return lines -> {
                lines.add(index, line);
                return lines;
            };
        }

        private static UnaryOperator<List<String>> swap(int one, int other) {
            return lines -> {
                lines.set(one, lines.set(other, lines.get(one)));
                return lines;
            };
        }
    }

    private record Verdict(int exitCode, String text) {}

    private Verdict check(List<String> client, List<String> server, String... options) throws Exception {
        Path clientFile = Files.write(directory.resolve("client"), client);
        Path serverFile = Files.write(directory.resolve("server"), server);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Checker.class.getName(),
                clientFile.toString(),
                serverFile.toString()));
        command.addAll(List.of(options));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Verdict(process.exitValue(), text);
    }

    @Test
    void shouldFindNothingInAWholeHistory() throws Exception {
        Verdict verdict = check(CLIENT, SERVER);

        assertThat(verdict).isEqualTo(new Verdict(0, verdict.text()));
        assertThat(verdict.text())
                .contains("1 streams of 1 begun", " 2 read to a clean end", "20 bytes", " 0 violations");
    }

    @ParameterizedTest
    @EnumSource(Spoiled.class)
    void shouldFindWhatIsSpoiled(Spoiled spoiled) throws Exception {
        Verdict verdict = check(CLIENT, spoiled.spoil.apply(new ArrayList<>(SERVER)));

        assertThat(verdict.exitCode()).as(verdict.text()).isEqualTo(1);
        assertThat(verdict.text()).contains(spoiled.rule + ": stream and direction 7 ");
    }

    @Test
    void shouldNotBlameAStreamThatAnEndHasCut() throws Exception {
        List<String> client = new ArrayList<>(CLIENT);
        client.set(3, entry(40, "ABORT", 'u', 16, ""));
        List<String> server = new ArrayList<>(SERVER);
        server.set(4, entry(50, "BROKEN", 'u', 16, ""));

        assertThat(check(client, server).exitCode()).isZero();

        // But a clean end is not to come of it.
        server.set(4, entry(50, "END", 'u', 16, ""));
        assertThat(check(client, server).text()).contains(Checker.Rule.FALSE_END.toString());
    }

    @Test
    void shouldNotBlameAStreamThatTheServerHasNeverSeen() throws Exception {
        List<String> client = new ArrayList<>(CLIENT.subList(0, 4));
        client.add(entry(50, "BROKEN", 'd', 0, ""));

        assertThat(check(client, List.of()).exitCode()).isZero();
    }

    @Test
    void shouldNotMissAnEndOfAStreamThatMayBreak() throws Exception {
        assertThat(check(CLIENT, BROKEN_SERVER, "--may-break").exitCode()).isZero();
    }

    /** A process was killed, and another in its place, at these moments; the stream lives from 10 to 80. */
    @ParameterizedTest
    @CsvSource({"47, 60, true", "5, 10, true", "80, 90, true", "5, 90, true", "3, 9, false", "81, 90, false"})
    void shouldExcuseAStreamOnlyIfItLivedWhenAProcessWasKilled(long killed, long back, boolean excused)
            throws Exception {
        Path kills = Files.write(
                directory.resolve("kills"),
                List.of(entry(killed, "KILL", '-', 0, ""), entry(back, "BACK", '-', 0, "")));

        Verdict verdict = check(CLIENT, BROKEN_SERVER, kills.toString());

        assertThat(verdict.exitCode()).as(verdict.text()).isEqualTo(excused ? 0 : 1);
        assertThat(verdict.text()).contains(" 1 processes killed");
    }

    /** Of a killed process nobody may take what was cut for whole. */
    @Test
    void shouldNotExcuseAFalseEnd() throws Exception {
        Path kills = Files.write(
                directory.resolve("kills"), List.of(entry(36, "KILL", '-', 0, ""), entry(90, "BACK", '-', 0, "")));
        List<String> server = new ArrayList<>(SERVER);
        server.remove(3);

        assertThat(check(CLIENT, server, kills.toString()).text()).contains(Checker.Rule.FALSE_END.toString());
    }

    /** Single bytes at random places of a real workload's size. */
    @Test
    void shouldFindAnySingleChangedByte() throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 5; i++) {
            byte[] bytes = new byte[50_000];
            random.nextBytes(bytes);
            byte[] changed = bytes.clone();
            changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            String written = new History.Entry(1, History.Event.WRITE, 7, 'u', 0, bytes).toString();
            String read = new History.Entry(2, History.Event.READ, 7, 'u', 0, changed).toString();

            assertThat(check(List.of(written), List.of(read)).text()).contains(Checker.Rule.WRONG_BYTE.toString());
        }
    }

    /** Of the programs: they share no mistake with what they judge. */
    @Test
    void shouldKnowNothingOfTheProduct() throws IOException {
        Path sources = Path.of("src/test/java/dev/multipath/examples/history");
        try (Stream<Path> files = Files.list(sources)) {
            for (Path file : files.toList()) {
                Matcher own = OWN_IMPORT.matcher(Files.readString(file));
                assertThat(own.find()).as("%s imports the product", file).isFalse();
            }
        }
    }
}
