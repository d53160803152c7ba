package dev.multipath.examples;

import dev.multipath.examples.stream.Transport;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;

/**
 * Where a tunnel's sessions go on.
 *
 * @param tcp an address, or null
 * @param unix a UNIX socket's file, or null
 */
record RelayTarget(HostPort tcp, Path unix) {
    /** {@code HOST:PORT} or {@code unix:FILE}. */
    static final class Converter implements ITypeConverter<RelayTarget> {
        @Override
        public RelayTarget convert(String text) {
            return UnixFile.isNamed(text)
                    ? new RelayTarget(null, UnixFile.parse(text))
                    : new RelayTarget(new HostPort.Converter().convert(text), null);
        }
    }

    /**
     * Each dialling looks its host up anew; that there is such a host, who has mistyped it wants to know now. So with a UNIX
     * socket's directory; the socket may come later, as a service may listen later. Blocks.
     */
    void requirePlace() throws UnusableAddressException {
        if (tcp != null) {
            tcp.resolve(Family.ANY);
        } else if (!Files.isDirectory(unix.toAbsolutePath().getParent())) {
            throw new UnusableAddressException("unix:" + unix + ": there is no directory " + unix.getParent());
        }
    }

    /** Whose event loops sessions to it are best on. */
    Transport transport() {
        return tcp == null ? Transport.best() : Transport.forRelays();
    }

    /** To be looked up. */
    InetSocketAddress tcpAddress() {
        return InetSocketAddress.createUnresolved(tcp.host(), tcp.port());
    }
}
