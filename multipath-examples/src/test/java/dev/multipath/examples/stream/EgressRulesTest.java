package dev.multipath.examples.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EgressRulesTest {
    private static boolean permit(String rules, String host, String address, int port) throws Exception {
        return new EgressRules(
                        Stream.of(rules.split(" ")).map(EgressRules.Rule::parse).toList())
                .permit(host, new InetSocketAddress(InetAddress.getByName(address), port));
    }

    @ParameterizedTest
    @CsvSource({
        "*, example.org, 192.0.2.1, 80",
        "*:443, example.org, 192.0.2.1, 443",
        "*:*, example.org, 2001:db8::1, 443",
        "example.org:22, EXAMPLE.org., 192.0.2.1, 22",
        "*.example.org:80-443, www.example.org, 192.0.2.1, 100",
        "192.0.2.1:22, 192.0.2.1, 192.0.2.1, 22",
        "192.0.2.0/24:22 *:80, any.test, 192.0.2.77, 22",
        "[2001:db8::]/32:22, any.test, 2001:db8::7, 22",
        "[2001:db8::7], any.test, 2001:db8::7, 22",
        "127.0.0.1:22, localhost, 127.0.0.1, 22",
        "127.0.0.0/8, localhost, 127.1.2.3, 22",
    })
    void shouldPermit(String rules, String host, String address, int port) throws Exception {
        assertThat(permit(rules, host, address, port)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "*:443, example.org, 192.0.2.1, 80",
        "example.org, www.example.org, 192.0.2.1, 80",
        "*.example.org, example.org, 192.0.2.1, 80",
        "*.example.org, badexample.org, 192.0.2.1, 80",
        "192.0.2.1:22, 192.0.2.2, 192.0.2.2, 22",
        "192.0.2.0/24:22, any.test, 192.0.3.1, 22",
        "192.0.2.0/24, any.test, 2001:db8::7, 22",
        // Whoever owns a name may have it lead to this host, or to what only this host may ask.
        "*, evil.test, 127.0.0.1, 22",
        "*, evil.test, ::1, 22",
        "*, evil.test, ::ffff:127.0.0.1, 22",
        "*, evil.test, 0.0.0.0, 22",
        "*, evil.test, 169.254.169.254, 80",
        "*, evil.test, fe80::1, 80",
        "*, evil.test, 224.0.0.1, 80",
        "localhost, localhost, 127.0.0.1, 22",
    })
    void shouldNotPermit(String rules, String host, String address, int port) throws Exception {
        assertThat(permit(rules, host, address, port)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                ":80",
                "a:b",
                "*:0-70000",
                "*:443-80",
                "10.0.0.0/33",
                "example.org/8",
                "[::1",
                "::1",
                "a*b",
                "[example.org]:1x",
                "*.*.org:http",
                "-a:80"
            })
    void shouldRefuseWhatIsNoRule(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EgressRules.Rule.parse(text))
                .withMessageContaining("is no rule");
    }
}
