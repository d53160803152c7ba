package dev.multipath.dashboard;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Who may see and act. The token is in the page's URL, as a browser gives nothing else to whom a page was opened for. Against
 * pages of others in the same browser: a request must be meant for a host that is ours (no name that was made to point here),
 * and come from a page of the same origin.
 */
final class DashboardAccess {

    private static final int TOKEN_BYTES = 16;

    private final byte[] token;
    private final Set<String> hosts;

    /** @param hosts in lower case; what is listened on is one always */
    DashboardAccess(String token, Set<String> hosts) {
        this.token = token.getBytes(StandardCharsets.UTF_8);
        this.hosts = hosts;
    }

    static String randomToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    /** In a time that does not depend on how much of it is right. */
    boolean hasToken(QueryStringDecoder query) {
        List<String> given = query.parameters().getOrDefault("token", List.of());
        return given.size() == 1 && MessageDigest.isEqual(token, given.get(0).getBytes(StandardCharsets.UTF_8));
    }

    boolean isForUs(HttpHeaders headers, SocketAddress local) {
        List<String> named = headers.getAll(HttpHeaderNames.HOST);
        return named.size() == 1 && isOurs(hostOf(named.get(0)), local);
    }

    private boolean isOurs(String host, SocketAddress local) {
        if (hosts.contains(host)) {
            return true;
        }
        if (!(local instanceof InetSocketAddress inet)) {
            return false;
        }
        InetAddress address = inet.getAddress();
        // An IPv6 address has many forms, of which a browser sends another one than Java makes.
        byte[] number = NetUtil.createByteArrayFromIpAddressString(host);
        return number == null
                ? address.isLoopbackAddress() && host.equals("localhost")
                : Arrays.equals(number, address.getAddress());
    }

    /** Without port and brackets. */
    private static String hostOf(String authority) {
        String host = authority.toLowerCase(Locale.ROOT);
        if (host.startsWith("[")) {
            int end = host.indexOf(']');
            return end < 0 ? "" : host.substring(1, end);
        }
        int colon = host.indexOf(':');
        return colon < 0 ? host : host.substring(0, colon);
    }

    /** What a browser sends along, if it does: the page itself, or nobody's. */
    boolean isFromUs(HttpHeaders headers) {
        String origin = headers.get(HttpHeaderNames.ORIGIN);
        if (origin == null) {
            return true;
        }
        String host = headers.get(HttpHeaderNames.HOST);
        return origin.equalsIgnoreCase("http://" + host) || origin.equalsIgnoreCase("https://" + host);
    }
}
