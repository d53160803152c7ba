package dev.multipath.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.local.LocalAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** Which addresses are one host. */
class SourceQuotaTest {

    private static Object source(SourceQuota quota, String address) throws Exception {
        return quota.sourceOf(new InetSocketAddress(InetAddress.getByName(address), 1));
    }

    private static boolean same(SourceQuota quota, String one, String other) throws Exception {
        return source(quota, one).equals(source(quota, other));
    }

    @Test
    void shouldCountAnIpv4AddressByItself() throws Exception {
        assertThat(same(SourceQuota.DEFAULT, "192.0.2.1", "192.0.2.1")).isTrue();
        assertThat(same(SourceQuota.DEFAULT, "192.0.2.1", "192.0.2.2")).isFalse();
        assertThat(same(SourceQuota.DEFAULT, "0.0.0.0", "::")).isFalse();
    }

    @Test
    void shouldCountAnIpv6AddressByItsNetwork() throws Exception {
        assertThat(same(SourceQuota.DEFAULT, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9"))
                .isTrue();
        assertThat(same(SourceQuota.DEFAULT, "2001:db8:1:2::1", "2001:db8:1:3::1"))
                .isFalse();
    }

    @Test
    void shouldCountAMappedAddressAsItsIpv4Address() throws Exception {
        byte[] mapped = new byte[16];
        mapped[10] = -1;
        mapped[11] = -1;
        mapped[12] = (byte) 192;
        mapped[14] = 2;
        mapped[15] = 1;
        Object source =
                SourceQuota.DEFAULT.sourceOf(new InetSocketAddress(Inet6Address.getByAddress("mapped", mapped, -1), 1));
        assertThat(source).isEqualTo(source(SourceQuota.DEFAULT, "192.0.2.1"));
        assertThat(source).isNotEqualTo(source(SourceQuota.DEFAULT, "192.0.2.2"));
    }

    @Test
    void shouldCountByOtherPrefixes() throws Exception {
        SourceQuota wide = SourceQuota.of(1, 1).withPrefixes(24, 56);
        assertThat(same(wide, "192.0.2.1", "192.0.2.2")).isTrue();
        assertThat(same(wide, "192.0.2.1", "192.0.3.1")).isFalse();
        assertThat(same(wide, "2001:db8:1:200::1", "2001:db8:1:2ff::1")).isTrue();
        assertThat(same(wide, "2001:db8:1:200::1", "2001:db8:1:300::1")).isFalse();
        SourceQuota exact = SourceQuota.DEFAULT.withPrefixes(32, 128);
        assertThat(same(exact, "2001:db8::1", "2001:db8::2")).isFalse();
        SourceQuota all = SourceQuota.DEFAULT.withPrefixes(0, 0);
        assertThat(same(all, "192.0.2.1", "198.51.100.1")).isTrue();
        assertThat(same(all, "2001:db8::1", "fd00::1")).isTrue();
        assertThatThrownBy(() -> SourceQuota.DEFAULT.withPrefixes(33, 64)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SourceQuota.DEFAULT.withPrefixes(32, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldNotCountTheExemptNorWhatHasNoIpAddress() throws Exception {
        SourceQuota exempting = SourceQuota.DEFAULT.exempting(InetAddress::isLoopbackAddress);
        assertThat(same(exempting, "127.0.0.1", "127.0.0.1")).isFalse();
        assertThat(same(exempting, "192.0.2.1", "192.0.2.1")).isTrue();
        assertThat(same(SourceQuota.NONE, "192.0.2.1", "192.0.2.1")).isFalse();
        LocalAddress local = new LocalAddress("somebody");
        assertThat(SourceQuota.DEFAULT.sourceOf(local)).isNotEqualTo(SourceQuota.DEFAULT.sourceOf(local));
        assertThat(SourceQuota.DEFAULT.sourceOf(null)).isNotNull();
    }

    @Test
    void shouldRefuseAQuotaThatLeavesNothing() {
        assertThatThrownBy(() -> SourceQuota.of(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> SourceQuota.of(1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThat(SourceQuota.of(3, 4).maxSessions()).isEqualTo(3);
        assertThat(SourceQuota.of(3, 4).maxHandshakes()).isEqualTo(4);
    }
}
