package dev.multipath.examples;

import dev.multipath.scheduler.PathAttributes;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A path as the command line gives it: {@code [LABEL=][quic://]HOST:PORT[,ATTRIBUTE...]}.
 *
 * @param label its name, or null for its address
 * @param scheme what carries it
 * @param remote where to
 * @param attributes what is wanted of it
 */
record RemotePath(String label, AddressScheme scheme, HostPort remote, PathAttributes attributes) {
    private static final Pattern FORM =
            Pattern.compile("(?:(?<label>[\\p{L}\\p{N}_.+-]{1,64})=)?(?<address>[^,=]*)(?<attributes>(?:,[^,]*)*)");

    static RemotePath to(HostPort remote) {
        return new RemotePath(null, AddressScheme.NONE, remote, PathAttributes.DEFAULT);
    }

    /** Its address, as it was given. */
    String address() {
        return scheme.toString() + remote;
    }

    /** Looks up the host's first address of the wanted family; blocks. */
    InetSocketAddress resolve(Family family) throws UnusableAddressException {
        return scheme.at(remote.resolve(family));
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<RemotePath> {
        @Override
        public RemotePath convert(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw new TypeConversionException("'" + text + "' is not [LABEL=]HOST:PORT[,ATTRIBUTE...]");
            }
            String address = form.group("address");
            AddressScheme scheme = scheme(address);
            HostPort remote = new HostPort.Converter().convert(scheme.strip(address));
            PathAttributes attributes = PathAttributes.DEFAULT;
            for (String attribute : form.group("attributes").split(",")) {
                if (!attribute.isBlank()) {
                    attributes = with(attributes, attribute.strip());
                }
            }
            return new RemotePath(form.group("label"), scheme, remote, attributes);
        }

        private static AddressScheme scheme(String address) {
            try {
                return AddressScheme.of(address);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }

        private static PathAttributes with(PathAttributes attributes, String attribute) {
            int sign = attribute.indexOf('=');
            String name = (sign < 0 ? attribute : attribute.substring(0, sign)).toLowerCase(Locale.ROOT);
            String value = attribute.substring(sign + 1);
            try {
                if (sign < 0 && name.equals("backup")) {
                    return attributes.withBackup(true);
                }
                if (sign > 0) {
                    switch (name) {
                        case "rate":
                            return attributes.withMaxBytesPerSecond(
                                    ByteSize.parse(value).bytes());
                        case "quota":
                            return attributes.withQuotaBytes(
                                    ByteSize.parse(value).bytes());
                        case "weight":
                            return attributes.withWeight(Integer.parseInt(value));
                        case "cost":
                            return attributes.withCost(Integer.parseInt(value));
                        case "sockets":
                            return attributes.withSockets(Integer.parseInt(value));
                        default:
                    }
                }
            } catch (NumberFormatException e) {
                throw new TypeConversionException("'" + value + "' in '" + attribute + "' is no number");
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + attribute + "': "
                        + e.getMessage().replace("maxBytesPerSecond", "the rate, in bytes a second,"));
            }
            throw new TypeConversionException(
                    "'" + attribute
                            + "' is nothing that a path can be (known: backup, rate=SIZE, quota=SIZE, weight=N, cost=N, sockets=N)");
        }
    }
}
