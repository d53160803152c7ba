package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1:80, 192.0.2.1, 80",
        "localhost:0, localhost, 0",
        "[2001:db8::1]:65535, 2001:db8::1, 65535",
        "[::1]:1, ::1, 1"
    })
    void shouldParseHostAndPortAndPrintThemAlike(String text, String host, int port) {
        HostPort parsed = HostPort.parse(text);

        assertThat(parsed).isEqualTo(new HostPort(host, port)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "80",
                "host",
                "host:",
                ":80",
                "[]:80",
                "host:-1",
                "host:65536",
                "host:http",
                "::1:80",
                "a:1:2"
            })
    void shouldRefuseWhatIsNoAddress(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldTakeAPortAloneAsOnTheLoopbackWhenItIsATunnelsEntry() {
        assertThat(new HostPort.LoopbackConverter().convert("2222")).isEqualTo(new HostPort("127.0.0.1", 2222));
        assertThat(new HostPort.LoopbackConverter().convert("[::1]:2222")).isEqualTo(new HostPort("::1", 2222));
    }

    @Test
    void shouldRefuseToConnectToPortZero() {
        assertThatThrownBy(() -> new HostPort.Converter().convert("localhost:0"))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'localhost:0' has no port to connect to");
    }

    @Test
    void shouldResolveOnlyToTheFamilyAskedFor() throws IOException {
        HostPort address = new HostPort("127.0.0.1", 80);

        assertThat(address.resolve(Family.IPV4).getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
        assertThatThrownBy(() -> address.resolve(Family.IPV6))
                .isInstanceOf(UnusableAddressException.class)
                .hasMessage("unknown host 127.0.0.1 (no IPv6 address)");
    }
}
