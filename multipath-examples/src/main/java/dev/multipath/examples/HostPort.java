package dev.multipath.examples;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An address as the command line gives it.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 * @param port 0 to 65535
 */
record HostPort(String host, int port) {
    private static final int MAX_PORT = 65_535;

    /**
     * Parses {@code host:port} or {@code [ipv6]:port}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    static HostPort parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT");
        }
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw new IllegalArgumentException("'" + text + "' is not HOST:PORT (an IPv6 address goes in brackets)");
        }
        if (host.isBlank()) {
            throw new IllegalArgumentException("'" + text + "' has no host");
        }
        return new HostPort(host, parsePort(text.substring(colon + 1)));
    }

    /** Parses a port number; refuses anything but 0 to 65535 in plain digits. */
    static int parsePort(String text) {
        if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > MAX_PORT) {
            throw new IllegalArgumentException("'" + text + "' is not a port (0 to " + MAX_PORT + ")");
        }
        return Integer.parseInt(text);
    }

    /** Looks up the host's first address of the wanted family; blocks. */
    InetSocketAddress resolve(Family family) throws UnusableAddressException {
        return new InetSocketAddress(resolve(host, family), port);
    }

    /** Looks up the first address of the wanted family that a host has; blocks. */
    static InetAddress resolve(String host, Family family) throws UnusableAddressException {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (family.includes(address)) {
                    return address;
                }
            }
        } catch (UnknownHostException e) {
            throw new UnusableAddressException("unknown host " + e.getMessage());
        }
        throw new UnusableAddressException("unknown host " + host + " (no " + family + " address)");
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    /** For picocli: where to connect to, so not port 0. */
    static final class Converter implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String text) {
            try {
                HostPort parsed = parse(text);
                if (parsed.port() == 0) {
                    throw new IllegalArgumentException(
                            "'" + text + "' has no port to connect to (1 to " + MAX_PORT + ")");
                }
                return parsed;
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** {@code HOST:PORT}, or a port alone on the loopback address. */
    static final class LoopbackConverter implements ITypeConverter<HostPort> {
        @Override
        public HostPort convert(String text) {
            try {
                return text.indexOf(':') < 0 ? new HostPort("127.0.0.1", parsePort(text)) : parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** A port alone. */
    static final class PortConverter implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String text) {
            try {
                return parsePort(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
