package dev.multipath.examples.stream;

import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a proxy may connect to. A rule by name is for addresses that are no business of this host's alone: loopback, link-local
 * (where clouds keep their credentials), unspecified and multicast ones need a rule with an address, whatever name they are
 * asked for by, since who owns a name chooses its addresses.
 *
 * @param rules what one of them permits is permitted
 */
public record EgressRules(List<Rule> rules) {
    private static final int MAX_PORT = 65_535;
    private static final Pattern FORM = Pattern.compile(
            "(?<host>\\*|(?:\\*\\.)?[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?|\\[[0-9A-Fa-f:.]+])(?:/(?<bits>\\d{1,3}))?"
                    + "(?::(?:\\*|(?<first>\\d{1,5})(?:-(?<last>\\d{1,5}))?))?");

    /** Keeps a copy. */
    public EgressRules {
        rules = List.copyOf(rules);
    }

    /**
     * One of them.
     *
     * @param name a name in lower case, {@code *.} with one for all below it, {@code *} for any; null if there is a network
     * @param network null if there is a name
     */
    public record Rule(String name, IpSubnetFilterRule network, int firstPort, int lastPort) {
        /**
         * Parses {@code HOST}, {@code HOST:PORT} or {@code HOST:PORT-PORT}, where the host may be a name, {@code *.NAME},
         * {@code *}, an address or {@code ADDRESS/BITS}, IPv6 in brackets.
         *
         * @throws IllegalArgumentException when it is none of these
         */
        public static Rule parse(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw notARule(text);
            }
            int first = form.group("first") == null ? 0 : Integer.parseInt(form.group("first"));
            int last = form.group("first") == null
                    ? MAX_PORT
                    : form.group("last") == null ? first : Integer.parseInt(form.group("last"));
            if (first > last || last > MAX_PORT) {
                throw notARule(text);
            }
            String host = form.group("host").replaceAll("[\\[\\]]", "");
            byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
            if (address == null) {
                if (form.group("bits") != null || host.indexOf(':') >= 0) {
                    throw notARule(text);
                }
                return new Rule(host.toLowerCase(Locale.ROOT), null, first, last);
            }
            int most = address.length * Byte.SIZE;
            int bits = form.group("bits") == null ? most : Integer.parseInt(form.group("bits"));
            if (bits > most) {
                throw notARule(text);
            }
            try {
                return new Rule(
                        null,
                        new IpSubnetFilterRule(InetAddress.getByAddress(address), bits, IpFilterRuleType.ACCEPT),
                        first,
                        last);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }

        private static IllegalArgumentException notARule(String text) {
            return new IllegalArgumentException(
                    "'" + text + "' is no rule (such as *:443, example.org:22, *.example.org:80-443 or 10.0.0.0/8)");
        }

        private boolean permits(String host, InetSocketAddress address) {
            if (address.getPort() < firstPort || address.getPort() > lastPort) {
                return false;
            }
            return network == null
                    ? matches(host) && !isOfThisHostOrLink(address.getAddress())
                    : network.matches(address);
        }

        private boolean matches(String host) {
            if (name.equals("*")) {
                return true;
            }
            return name.startsWith("*.") ? host.endsWith(name.substring(1)) : host.equals(name);
        }
    }

    private static boolean isOfThisHostOrLink(InetAddress address) {
        return address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || address.isLinkLocalAddress()
                || address.isMulticastAddress();
    }

    /**
     * Whether a connection may be made.
     *
     * @param host as the client has asked for it
     * @param address one that it has
     */
    boolean permit(String host, InetSocketAddress address) {
        String plain = host.toLowerCase(Locale.ROOT);
        String asked = plain.endsWith(".") ? plain.substring(0, plain.length() - 1) : plain;
        return rules.stream().anyMatch(rule -> rule.permits(asked, address));
    }
}
