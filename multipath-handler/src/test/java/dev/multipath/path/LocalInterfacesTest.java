package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalInterfacesTest {

    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private static LocalAddress local(String name, String address) throws Exception {
        return new LocalAddress(name, InetAddress.getByName(address));
    }

    private static InetSocketAddress remote(String address) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(address), 443);
    }

    @Test
    void shouldTellTheAddressesFromWhichOthersCanBeReached() throws Exception {
        for (LocalAddress each : LocalInterfaces.usable()) {
            assertThat(each.address().isLoopbackAddress()).isFalse();
            assertThat(each.address().isLinkLocalAddress()).isFalse();
            assertThat(LocalInterfaces.named(each.interfaceName())).contains(each);
        }
    }

    @Test
    void shouldFindAnInterfaceByItsNameOrAddress() throws Exception {
        String name = NetworkInterface.getByInetAddress(LOOPBACK).getName();

        assertThat(LocalInterfaces.named(name)).contains(new LocalAddress(name, LOOPBACK));
        assertThat(LocalInterfaces.named(LOOPBACK.getHostAddress())).containsExactly(new LocalAddress(name, LOOPBACK));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LocalInterfaces.named("nonesuch0"))
                .withMessageContaining("nonesuch0");
    }

    @Test
    void shouldMakeAMeshOfWhatIsOfOneFamily() throws Exception {
        MultipathAddress mesh = MultipathAddress.mesh(
                List.of(local("eth0", "192.0.2.1"), local("wlan0", "198.51.100.1"), local("wlan0", "2001:db8::1")),
                List.of(remote("203.0.113.1"), remote("2001:db8::2")));

        assertThat(mesh.paths())
                .extracting(path -> path.local() + " " + path.remote())
                .containsExactly(
                        "/192.0.2.1:0 /203.0.113.1:443",
                        "/198.51.100.1:0 /203.0.113.1:443",
                        "/[2001:db8:0:0:0:0:0:1]:0 /[2001:db8:0:0:0:0:0:2]:443");
        assertThat(mesh.paths().get(0).label()).isEqualTo("eth0/192.0.2.1->/203.0.113.1:443");
    }

    @Test
    void shouldRefuseAMeshOfNothing() throws Exception {
        List<LocalAddress> locals = List.of(local("eth0", "192.0.2.1"));
        List<InetSocketAddress> remotes = List.of(remote("2001:db8::2"));

        assertThatIllegalArgumentException().isThrownBy(() -> MultipathAddress.mesh(locals, remotes));
    }

    /** Its family is known only when it is resolved, which is when it is dialled. */
    @Test
    void shouldTryAllWhenANameIsNotResolvedYet() throws Exception {
        assertThat(local("eth0", "192.0.2.1").suits(InetSocketAddress.createUnresolved("example.org", 443)))
                .isTrue();
        assertThat(local("eth0", "2001:db8::1").suits(InetSocketAddress.createUnresolved("example.org", 443)))
                .isTrue();
    }

    @Test
    void shouldMultiplyPaths() throws Exception {
        MultipathAddress twice = MultipathAddress.of(
                        Path.of("a", remote("203.0.113.1")), Path.of("b", remote("203.0.113.2")))
                .times(2);

        assertThat(twice.paths()).extracting(Path::label).containsExactly("a", "b", "a#2", "b#2");
        assertThatIllegalArgumentException().isThrownBy(() -> twice.times(0));
    }
}
