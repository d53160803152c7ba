package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.testing.Requirement;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which addresses one end may tell the other of. */
class AddressScopeTest {

    private static InetSocketAddress at(String number) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(number), 443);
    }

    @Requirement("PATH-14")
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, WIDE",
        "10.1.2.3, WIDE",
        "100.64.0.1, WIDE",
        "2001:db8::1, WIDE",
        "fd00::1, WIDE",
        "127.0.0.1, HOST",
        "127.255.255.254, HOST",
        "::1, HOST",
        "169.254.1.1, LINK",
        "fe80::1, LINK",
        "febf::1, LINK",
        "0.0.0.0, NOWHERE",
        "0.1.2.3, NOWHERE",
        "224.0.0.1, NOWHERE",
        "239.255.255.255, NOWHERE",
        "240.0.0.1, NOWHERE",
        "255.255.255.255, NOWHERE",
        "::, NOWHERE",
        "ff02::1, NOWHERE",
        "ff0e::1, NOWHERE",
        // IPv4 in IPv6: mapped, compatible, translated
        "::ffff:192.0.2.1, WIDE",
        "::ffff:127.0.0.1, HOST",
        "::ffff:169.254.1.1, LINK",
        "::ffff:0.0.0.0, NOWHERE",
        "::ffff:224.0.0.1, NOWHERE",
        "::127.0.0.1, HOST",
        "::169.254.1.1, LINK",
        "::0.0.0.2, NOWHERE",
        "::224.0.0.1, NOWHERE",
        "::ffff:0:127.0.0.1, HOST",
        "64:ff9b::127.0.0.1, HOST",
        "64:ff9b::192.0.2.1, WIDE"
    })
    void shouldTellHowFarAnAddressReaches(String number, AddressScope scope) throws Exception {
        assertThat(AddressScope.of(InetAddress.getByName(number))).isEqualTo(scope);
        boolean wide = scope == AddressScope.WIDE;
        assertThat(AddressScope.isOfUse(at(number), List.of(at("192.0.2.9")))).isEqualTo(wide);
        assertThat(AddressScope.isOfUse(at(number), List.of(at("2001:db8::9")))).isEqualTo(wide);
        assertThat(AddressScope.isOfUse(at(number), List.of())).isEqualTo(wide);
        assertThat(AddressScope.isOfUse(at(number), List.of(at("192.0.2.9"), at("127.0.0.1"))))
                .isEqualTo(wide || scope == AddressScope.HOST);
        assertThat(AddressScope.isOfUse(at(number), List.of(at("fe80::9"))))
                .isEqualTo(wide || scope == AddressScope.LINK);
    }

    @Test
    void shouldRefuseWhatCannotBeDialled() throws Exception {
        List<SocketAddress> peer = List.of(at("192.0.2.9"));

        assertThat(AddressScope.isOfUse(InetSocketAddress.createUnresolved("example.org", 443), peer))
                .isFalse();
        assertThat(AddressScope.isOfUse(new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 0), peer))
                .isFalse();
        assertThatThrownBy(() -> AnnouncedAddresses.of(at("0.0.0.0"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AnnouncedAddresses.of(at("ff02::1"))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldDialALinkLocalAddressOverTheLinkOfThePeer() throws Exception {
        byte[] peer = InetAddress.getByName("fe80::9").getAddress();
        SocketAddress reached = new InetSocketAddress(Inet6Address.getByAddress(null, peer, 3), 443);

        InetSocketAddress dialled = AddressScope.dialable(at("fe80::1"), List.of(at("192.0.2.9"), reached));

        assertThat(((Inet6Address) dialled.getAddress()).getScopeId()).isEqualTo(3);
        assertThat(dialled.getAddress().getAddress())
                .isEqualTo(at("fe80::1").getAddress().getAddress());
        assertThat(AddressScope.dialable(at("192.0.2.1"), List.of(reached))).isEqualTo(at("192.0.2.1"));
    }
}
