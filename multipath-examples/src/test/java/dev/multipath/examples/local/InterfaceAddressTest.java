package dev.multipath.examples.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.path.LocalAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class InterfaceAddressTest {
    private static LocalAddress local(String name, String address) throws Exception {
        return new LocalAddress(name, InetAddress.getByName(address));
    }

    /** One that is named need not be there yet; one with two addresses is one. */
    @Test
    void shouldPutTheInterfacesThatThereAreInThePlaceOfAll() throws Exception {
        List<InterfaceAddress> named = List.of(new InterfaceAddress("usb0"), InterfaceAddress.ALL);

        assertThat(InterfaceAddress.expand(
                        named,
                        Stream.of(
                                local("wlan0", "192.0.2.1"),
                                local("wlan0", "2001:db8::1"),
                                local("usb0", "192.0.2.2"))))
                .containsExactly(new InterfaceAddress("usb0"), new InterfaceAddress("wlan0"));
        assertThat(InterfaceAddress.expand(List.of(InterfaceAddress.ALL), Stream.of()))
                .isEmpty();
    }
}
