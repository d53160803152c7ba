package dev.multipath.transport.websocket;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Locale;

/** Where a WebSocket is to be had: {@code ws://host[:port][/path]}, or {@code wss://} for one with TLS. */
public final class WebSocketAddress extends SocketAddress {

    private static final int PORT = 80;
    private static final int SECURE_PORT = 443;

    private final transient URI uri;

    private WebSocketAddress(URI uri) {
        this.uri = uri;
    }

    /**
     * Reads one.
     *
     * @param uri its text
     * @return the address
     * @throws IllegalArgumentException if it is none
     */
    public static WebSocketAddress of(String uri) {
        URI parsed = URI.create(uri);
        String scheme = String.valueOf(parsed.getScheme()).toLowerCase(Locale.ROOT);
        if (!"ws".equals(scheme) && !"wss".equals(scheme)) {
            throw new IllegalArgumentException("'" + uri + "' begins with neither ws:// nor wss://");
        }
        if (parsed.getHost() == null || parsed.getUserInfo() != null || parsed.getFragment() != null) {
            throw new IllegalArgumentException("'" + uri + "' is not ws[s]://HOST[:PORT][/PATH]");
        }
        if (parsed.getPort() == 0 || parsed.getPort() > 0xffff) {
            throw new IllegalArgumentException("'" + uri + "' has no port to connect to");
        }
        return new WebSocketAddress(parsed);
    }

    /** {@return whether it is one with TLS} */
    public boolean isSecure() {
        return "wss".equalsIgnoreCase(uri.getScheme());
    }

    /** {@return what it was made of} */
    public URI uri() {
        return uri;
    }

    /** {@return host and port, unresolved} */
    public InetSocketAddress server() {
        int port = uri.getPort() >= 0 ? uri.getPort() : isSecure() ? SECURE_PORT : PORT;
        String host = uri.getHost();
        return InetSocketAddress.createUnresolved(
                host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WebSocketAddress address && uri.equals(address.uri);
    }

    @Override
    public int hashCode() {
        return uri.hashCode();
    }

    @Override
    public String toString() {
        return uri.toString();
    }
}
