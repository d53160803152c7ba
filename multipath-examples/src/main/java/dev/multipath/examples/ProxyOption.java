package dev.multipath.examples;

import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelHandler;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.Socks5ProxyHandler;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** A proxy that each path is dialled through, where a network lets nobody out by himself. */
final class ProxyOption {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--proxy",
            paramLabel = "URL",
            converter = Converter.class,
            description =
                    "Dial each path through this proxy: socks5://[USER:PASSWORD@]HOST:PORT, or http:// for one that "
                            + "knows CONNECT. TCP only.")
    private Proxy proxy;

    /** The same layers, above connections that go through the proxy; looks its name up and blocks. */
    UnaryOperator<SubflowTransport> beneath(UnaryOperator<SubflowTransport> layers, boolean isTcpOnly)
            throws UnusableAddressException {
        if (proxy == null) {
            return layers;
        }
        if (!isTcpOnly) {
            throw new ParameterException(
                    spec.commandLine(), "--proxy goes with --transport tcp only, and without quic:// addresses");
        }
        InetSocketAddress address = proxy.address.resolve(Family.ANY);
        return base ->
                layers.apply(base.withInitializer(subflow -> subflow.pipeline().addFirst(proxy.handler(address))));
    }

    /** @param user null if there is none */
    private record Proxy(Kind kind, String user, String password, HostPort address) {
        private enum Kind {
            SOCKS5,
            HTTP
        }

        ChannelHandler handler(InetSocketAddress at) {
            return switch (kind) {
                case SOCKS5 -> new Socks5ProxyHandler(at, user, password);
                case HTTP -> user == null ? new HttpProxyHandler(at) : new HttpProxyHandler(at, user, password);
            };
        }
    }

    private static final class Converter implements ITypeConverter<Proxy> {
        private static final Pattern FORM = Pattern.compile(
                "(?<kind>socks5|http)://(?:(?<user>[^:@/]+):(?<password>[^@/]*)@)?(?<address>[^@/]+)/?");

        /** Without the text, which may have a password in it. */
        @Override
        public Proxy convert(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw new TypeConversionException("not socks5://[USER:PASSWORD@]HOST:PORT, or http://...");
            }
            Proxy.Kind kind = form.group("kind").equals("http") ? Proxy.Kind.HTTP : Proxy.Kind.SOCKS5;
            return new Proxy(
                    kind,
                    form.group("user"),
                    form.group("password"),
                    new HostPort.Converter().convert(form.group("address")));
        }
    }
}
