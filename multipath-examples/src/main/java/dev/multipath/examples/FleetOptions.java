package dev.multipath.examples;

import dev.multipath.channel.ConnectionIdGenerator;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ServerId;
import dev.multipath.codec.ServerIdEncoding;
import dev.multipath.examples.stream.Transport;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Options of a server that is one of several behind one address. */
final class FleetOptions {
    @Option(
            names = "--server-id",
            paramLabel = "HEX",
            converter = ServerIdConverter.class,
            description =
                    "What a load balancer knows this process by: 1 to 4 bytes in hexadecimal, at the front of the "
                            + "names of its sessions; 'random' for four of them.")
    private ServerId serverId;

    @Option(
            names = "--server-id-key",
            paramLabel = "FILE",
            converter = KeyConverter.class,
            description =
                    "Mask the server id by the key in this file, 16 bytes or more in Base64, so that only who has "
                            + "it can read it.")
    private ServerIdEncoding encoding = ServerIdEncoding.PLAIN;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--drain",
            paramLabel = "TIME",
            defaultValue = "0",
            converter = TimeSpan.class,
            description =
                    "At SIGTERM take no new sessions, tell clients so, and let the others finish for so long; what is "
                            + "left then is aborted (default: ${DEFAULT-VALUE}, at once).")
    private Duration drainLimit = Duration.ZERO;

    @Option(
            names = "--reuse-port",
            description =
                    "Let other processes listen on the same ports (SO_REUSEPORT); at SIGTERM leave these to them at once.")
    private boolean reusePort;

    /** Null if SIGTERM is not to be waited for. */
    DrainOnTerm drainOnTerm(Channel server) {
        return drainLimit.isZero() ? null : new DrainOnTerm((MultipathServerChannel) server, drainLimit, !reusePort);
    }

    /** Sets a server's options. */
    void apply(ServerBootstrap server, Transport transport) {
        if (reusePort) {
            server.option(transport.reusePort(), true);
        }
        if (serverId == null && encoding != ServerIdEncoding.PLAIN) {
            throw new ParameterException(spec.commandLine(), "--server-id-key masks what --server-id gives");
        }
        if (serverId != null) {
            server.option(
                    MultipathChannelOption.CONNECTION_ID_GENERATOR, ConnectionIdGenerator.routable(serverId, encoding));
        }
    }

    static final class ServerIdConverter implements ITypeConverter<ServerId> {
        @Override
        public ServerId convert(String text) {
            if (text.equals("random")) {
                return new ServerId(new SecureRandom().nextInt(), ServerId.MAX_BYTES);
            }
            try {
                return ServerId.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is not a server id (1 to 4 bytes in hexadecimal)");
            }
        }
    }

    static final class KeyConverter implements ITypeConverter<ServerIdEncoding> {
        @Override
        public ServerIdEncoding convert(String file) {
            try {
                String text = Files.readString(Path.of(file)).strip();
                return ServerIdEncoding.masked(
                        OpaqueBytes.of(Base64.getDecoder().decode(text)));
            } catch (IOException | InvalidPathException e) {
                throw new TypeConversionException("cannot read '" + file + "'");
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + file + "' is not a key in Base64, of "
                        + ServerIdEncoding.MIN_KEY_BYTES + " bytes or more");
            }
        }
    }
}
