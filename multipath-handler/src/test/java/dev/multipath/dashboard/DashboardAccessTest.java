package dev.multipath.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.net.InetSocketAddress;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DashboardAccessTest {
    private final DashboardAccess access = new DashboardAccess("token", Set.of("admin.test"));

    private boolean isForUs(String host, String local) {
        return access.isForUs(
                new DefaultHttpHeaders().add(HttpHeaderNames.HOST, host), new InetSocketAddress(local, 8088));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:8088, 127.0.0.1",
        "localhost, 127.0.0.1",
        "LOCALHOST:8088, ::1",
        "[::1]:8088, ::1",
        "[0:0:0:0:0:0:0:1]:8088, ::1",
        "[2001:DB8::7], 2001:db8::7",
        "admin.test, 192.0.2.1",
    })
    void shouldKnowItsOwnAddressInAnyForm(String host, String local) {
        assertThat(isForUs(host, local)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.2, 127.0.0.1",
        "[::1]:8088, 127.0.0.1",
        "[::2]:8088, ::1",
        "[::1, ::1",
        "localhost, 192.0.2.1",
        "127.0.0.1.evil.test, 127.0.0.1",
        "evil.test, ::1",
        "'', ::1",
    })
    void shouldRefuseAllOthers(String host, String local) {
        assertThat(isForUs(host, local)).isFalse();
    }

    @Test
    void shouldRefuseARequestForTwoHosts() {
        assertThat(access.isForUs(
                        new DefaultHttpHeaders()
                                .add(HttpHeaderNames.HOST, "127.0.0.1")
                                .add(HttpHeaderNames.HOST, "127.0.0.1"),
                        new InetSocketAddress("127.0.0.1", 8088)))
                .isFalse();
    }
}
