package dev.multipath.examples;

import dev.multipath.examples.stream.AddressText;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.quic.QuicAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.stream.Collectors;

/** An address as people read it, and write it on the command line. */
final class ShownAddress {

    private ShownAddress() {}

    /** All addresses of a bound or connected multipath channel, or the one of another. */
    static String of(SocketAddress address) {
        List<SocketAddress> addresses = address instanceof MultipathAddress multipath
                ? multipath.paths().stream().map(Path::remote).toList()
                : List.of(address);
        return addresses.stream().map(ShownAddress::ofOne).collect(Collectors.joining(", "));
    }

    private static String ofOne(SocketAddress address) {
        return address instanceof InetSocketAddress inet
                ? (inet instanceof QuicAddress ? AddressScheme.QUIC : AddressScheme.NONE).toString()
                        + AddressText.of(inet)
                : String.valueOf(address);
    }
}
