package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class UsageTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "listen --help",
                "connect --help",
                "bench --help",
                "web --help",
                "man --help",
                "demo --help",
                "--version",
                "demo --version"
            })
    void shouldAnswerOnStandardOutputWhenAskedForHelp(String line) throws Exception {
        try (RunningCommand command = RunningCommand.start(line.split(" "))) {
            String output = new String(command.output().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(command.exitCode()).isZero();
            assertThat(output).containsIgnoringCase(line.endsWith("--help") ? "exit codes:" : "multipath ");
            assertThat(command.stderr()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "frobnicate | 'frobnicate'",
                "lisen | did you mean listen?",
                "connect --lisen=1 127.0.0.1:1 | did you mean --listen?",
                "demo --size 5x | '5x' is not a size",
                "demo --size 0 | no bytes at all",
                "demo --plot run.gif | 'run.gif' does not end with .png or .svg",
                "demo --speed | Unknown option: '--speed'",
                "listen -p 65536 | '65536' is not a port",
                "listen --stats 0 | '0' is no time at all",
                "bench --interval 0ms 127.0.0.1:1 | '0ms' is no time at all",
                "listen --metrics nowhere | 'nowhere' is not a port",
                "listen --echo --sink | mutually exclusive",
                "listen --relay nowhere | 'nowhere' is not HOST:PORT",
                "web --cert cert.pem | Missing required argument(s): --key",
                "listen --tls | a listener needs --cert and --key",
                "connect =127.0.0.1:1 | is not [LABEL=]HOST:PORT",
                "connect a=127.0.0.1:1,cheap | 'cheap' is nothing that a path can be",
                "connect a=127.0.0.1:1,rate=fast | 'fast' is not a size",
                "connect a=127.0.0.1:1,rate=1 | 'rate=1': the rate, in bytes a second, must be in 1000..",
                "connect a=127.0.0.1:1,rate=0 | '0' is no bytes at all",
                "connect a=127.0.0.1:1,quota=abc | 'abc' is not a size",
                "connect a=127.0.0.1:1,quota=-1 | '-1' is not a size",
                "connect a=127.0.0.1:1,cost=-1 | cost must be in 0..",
                "connect a=127.0.0.1:1,weight=x | 'x' in 'weight=x' is no number",
                "connect a=127.0.0.1:1,weight=0 | weight must be",
                "connect a=127.0.0.1:1,quota | 'quota' is nothing that a path can be",
                "connect --interface a/b 127.0.0.1:1 | 'a/b' is no name of an interface",
                "connect --pair 127.0.0.1:1 | --pair needs as many local addresses as paths, not 0 for 1",
                "connect --pair --bind 127.0.0.1 127.0.0.1:1 127.0.0.1:2 | not 1 for 2",
                "listen --scheduler fastest | no scheduler fastest; there are earliest",
                "bench | Missing required parameter: 'PATH'",
                "bench -P 0 127.0.0.1:1 | -P takes 1 to 64",
                "bench -t 0 127.0.0.1:1 | at most a day",
                "bench -t 48h 127.0.0.1:1 | at most a day",
                "bench -R --bidir 127.0.0.1:1 | mutually exclusive",
                "bench --plot run.gif 127.0.0.1:1 | does not end with .png or .svg",
                "listen --egress 10.0.0.0/33 | '10.0.0.0/33' is no rule",
                "listen --egress * --echo | mutually exclusive",
                "connect --listen 1 --socks 2 127.0.0.1:1 | mutually exclusive",
                "connect --listen unix: 127.0.0.1:1 | 'unix:' names no file",
                "connect --listen unix:/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012 127.0.0.1:1 | is too long for a UNIX socket",
                "connect --interface name-of-16-bytes 127.0.0.1:1 | is no name of an interface",
                "bench --plot nowhere/run.png 127.0.0.1:1 | 'nowhere/run.png': there is no such directory",
                "web --cert nowhere.pem --key nowhere.pem | nowhere.pem cannot be read: no such file",
                "web --cert pom.xml --key pom.xml | pom.xml has no certificate in PEM",
                "web --www nowhere | nowhere is no directory",
                "web --www pom.xml | pom.xml is no directory",
                "listen --psk-file nowhere | nowhere cannot be read: no such file",
                "bench --psk-file nowhere 127.0.0.1:1 | nowhere cannot be read: no such file",
                "connect quik://127.0.0.1:1 | 'quik://127.0.0.1:1' is not HOST:PORT or quic://HOST:PORT",
                "connect quic://127.0.0.1 | '127.0.0.1' is not HOST:PORT",
                "listen quic://127.0.0.1:x | 'x' is not a port",
                "listen quic://:0 | a listener needs --cert and --key",
                "web quic://127.0.0.1:0 | quic:// needs --cert and --key",
                "web --quic-cc bbr | --quic-... needs a quic:// address",
                "connect --psk-file secret quic://127.0.0.1:1 | without quic:// addresses",
                "connect --quic-cc bbr 127.0.0.1:1 | needs a quic:// address, or --transport quic",
                "connect --quic-cc vegas quic://127.0.0.1:1 | 'vegas' is not cubic, bbr or reno",
                "connect --quic-window 0 quic://127.0.0.1:1 | initialWindowPackets: 0 (expected: 1 or more)",
                "connect --quic-gso 45 quic://127.0.0.1:1 | segments: 45 (expected: 1 to 44)",
                "listen --announce 0.0.0.0:4000 | nobody can be connected to at",
                "listen --announce 192.0.2.1:0 | nobody can be connected to at",
                "listen --announce nowhere | Invalid value for option '--announce': 'nowhere' is not HOST:PORT",
                "listen --join-only-at nowhere | Invalid value for option '--join-only-at': 'nowhere' is not HOST:PORT",
                "listen --join-only-at host.invalid:1 | unknown host host.invalid",
                "listen --join-only-at listeners --announce listeners | mutually exclusive",
                "connect --dial-announced some 127.0.0.1:1 | 'some' is not none, same-ports or all",
                "listen --config | Missing required parameter for option '--config'",
                "listen --psk-file secret --tls | --psk-file goes without --tls",
                "connect --psk-file secret --server-name a 127.0.0.1:1 | --psk-file goes without --tls",
                "listen --cert cert.pem | --cert and --key go together",
                "connect --key key.pem 127.0.0.1:1 | --cert and --key go together",
                "connect | Missing required parameter: 'PATH'",
                "connect -4 -6 127.0.0.1:1 | mutually exclusive",
                "connect -x 0 127.0.0.1:1 | -x takes 1 to 64",
                "connect --mptcp maybe 127.0.0.1:1 | 'maybe' is not off, auto or require",
                "connect -i soon 127.0.0.1:1 | 'soon' is not a time",
                "connect ::1:80 | goes in brackets",
                "connect 127.0.0.1:0 | '127.0.0.1:0' has no port to connect to",
                "listen --relay 127.0.0.1:0 | '127.0.0.1:0' has no port to connect to",
                "connect host.invalid:1 | unknown host host.invalid",
                "connect --bind host.invalid 127.0.0.1:1 | unknown host host.invalid",
                "connect --listen host.invalid:0 127.0.0.1:1 | unknown host host.invalid",
                "listen --relay host.invalid:1 | unknown host host.invalid",
                "listen --relay unix:/nowhere/service | there is no directory /nowhere",
                "listen --relay unix:pom.xml/service | there is no directory pom.xml",
                "listen --relay unix: | 'unix:' names no file",
                "listen --relay unix:/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012 | is too long for a UNIX socket",
                "listen --bind host.invalid | unknown host host.invalid",
                "web --bind host.invalid | unknown host host.invalid",
                "listen --server-id 0102030405 | '0102030405' is not a server id",
                "listen --server-id-key /nowhere | cannot read '/nowhere'",
                "listen --server-id-key . | cannot read '.'",
                "listen --server-id-key pom.xml | 'pom.xml' is not a key in Base64",
            })
    void shouldSayWhatIsWrongInOneLineWhenTheUsageIsWrong(String line, String reason) throws Exception {
        try (RunningCommand command = RunningCommand.start(line.split(" "))) {
            assertThat(command.exitCode()).isEqualTo(2);
            assertThat(command.stderr()).contains(reason).hasLineCount(1);
            assertThat(command.output().readAllBytes()).isEmpty();
        }
    }

    @Test
    void shouldSayAtOnceThatAPlotCannotReplaceADirectory(@TempDir Path directory) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("run.png"));
        try (RunningCommand command = RunningCommand.start("demo", "--plot", folder.toString())) {
            assertThat(command.exitCode()).isEqualTo(2);
            assertThat(command.stderr())
                    .contains("'" + folder + "' is a directory")
                    .hasLineCount(1);
        }
    }

    /** The help is of two commands with a default each, so it has them as text; that of listen is no time to compare. */
    @Test
    void shouldTellHowLongAPeerIsQuietBeforeConnectQuits() throws Exception {
        try (RunningCommand command = RunningCommand.start("connect", "--help")) {
            String help = new String(command.output().readAllBytes(), StandardCharsets.UTF_8);
            Matcher told =
                    Pattern.compile("default:\\s+(\\w+)\\s+of\\s+connect,").matcher(help);

            assertThat(told.find()).as(help).isTrue();
            assertThat(new TimeSpan().convert(told.group(1))).isEqualTo(ConnectCommand.QUIET_LIMIT);
        }
    }

    @Test
    void shouldAskForACommandWhenThereIsNone() throws Exception {
        try (RunningCommand command = RunningCommand.start()) {
            assertThat(command.exitCode()).isEqualTo(2);
            assertThat(command.stderr()).contains("a command is needed").hasLineCount(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "connect 127.0.0.1:1 127.0.0.1:2 | all paths failed",
                "listen --bind 203.0.113.1 | cannot listen on 203.0.113.1:0",
                "listen --bind 127.0.0.1 --metrics 203.0.113.1:9 | cannot listen on 203.0.113.1:9",
                "web --bind 203.0.113.1 | cannot listen on 203.0.113.1:0",
                "listen --bind 127.0.0.1 --dashboard 203.0.113.1:9 | cannot listen on 203.0.113.1:9",
                "connect --interface none0 127.0.0.1:1 | interface none0 is not there",
                "connect --socks 203.0.113.1:0 127.0.0.1:1 | cannot listen on 203.0.113.1:0",
                "connect --listen unix:/nowhere/entry 127.0.0.1:1 | cannot listen on unix:/nowhere/entry",
                "connect --listen 203.0.113.1:0 127.0.0.1:1 | cannot listen on 203.0.113.1:0",
            })
    void shouldSayWhyInOneLineWhenTheNetworkRefuses(String line, String reason) throws Exception {
        try (RunningCommand command = RunningCommand.start(line.split(" "))) {
            assertThat(command.exitCode()).isEqualTo(1);
            assertThat(command.stderr()).contains(reason).hasLineCount(1);
        }
    }
}
