package dev.multipath.examples;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.path.AnnouncedAddresses;
import io.netty.bootstrap.ServerBootstrap;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where else clients of a server are told to come to. */
final class AnnounceOptions {
    private static final String ANNOUNCE = "--announce";

    private static final String JOIN_ONLY_AT = "--join-only-at";

    /** Instead of an address. */
    private static final String LISTENERS = "listeners";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @ArgGroup
    private Choice choice = new Choice();

    /** At most one of these: who is told of addresses may join elsewhere too, or not. */
    private static final class Choice {
        @Option(
                names = ANNOUNCE,
                paramLabel = "ADDRESS",
                split = ",",
                description =
                        "Tell clients that the server can be reached here too: HOST:PORT, or 'listeners' for where it listens. "
                                + "Their --dial-announced decides whether they come.")
        private List<String> also = List.of();

        @Option(
                names = JOIN_ONLY_AT,
                paramLabel = "ADDRESS",
                split = ",",
                description =
                        "The same, and sessions are to get further paths there only: for a server that shares the addresses "
                                + "at which sessions are asked for with others.")
        private List<String> only = List.of();
    }

    /** Sets a server's option; looks the hosts up and blocks. */
    void apply(ServerBootstrap server) throws UnusableAddressException {
        if (!choice.also.isEmpty()) {
            server.option(MultipathChannelOption.ANNOUNCED_ADDRESSES, addresses(ANNOUNCE, choice.also));
        }
        if (!choice.only.isEmpty()) {
            server.option(
                    MultipathChannelOption.ANNOUNCED_ADDRESSES,
                    addresses(JOIN_ONLY_AT, choice.only).only());
        }
    }

    private AnnouncedAddresses addresses(String option, List<String> texts) throws UnusableAddressException {
        List<InetSocketAddress> told = new ArrayList<>();
        for (String text : texts) {
            if (!text.equals(LISTENERS)) {
                told.add(address(option, text));
            }
        }
        AnnouncedAddresses given = AnnouncedAddresses.of(told.toArray(InetSocketAddress[]::new));
        return texts.contains(LISTENERS) ? listeners -> withListeners(given, listeners) : given;
    }

    private InetSocketAddress address(String option, String text) throws UnusableAddressException {
        try {
            InetSocketAddress address = HostPort.parse(text).resolve(Family.ANY);
            AnnouncedAddresses.of(address);
            return address;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(
                    spec.commandLine(), "Invalid value for option '" + option + "': " + e.getMessage());
        }
    }

    private static List<InetSocketAddress> withListeners(
            AnnouncedAddresses given, List<? extends SocketAddress> listeners) {
        return Stream.of(given, AnnouncedAddresses.LISTENERS)
                .flatMap(each -> each.of(listeners).stream())
                .distinct()
                .toList();
    }
}
