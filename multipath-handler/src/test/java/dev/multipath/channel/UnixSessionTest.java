package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.MultipathAddress;
import dev.multipath.session.SessionResetException;
import io.netty.channel.ChannelOption;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Sessions whose subflows are UNIX-domain sockets. */
class UnixSessionTest {

    private static final long BULK_BYTES = 3_000_000;

    @TempDir
    private Path directory;

    private SocketAddress address(TestTransport transport, String name) {
        Path file = directory.resolve(name);
        return transport == TestTransport.NIO
                ? UnixDomainSocketAddress.of(file)
                : new DomainSocketAddress(file.toFile());
    }

    private Recorder connect(Peers peers, boolean extended) throws Exception {
        peers.listenOn(
                peers.serverBootstrap(Echo::new),
                MultipathAddress.of(address(peers.transport, "a"), address(peers.transport, "b")));
        Recorder client = new Recorder();
        peers.connect(peers.clientBootstrap(client).option(MultipathChannelOption.EXTENDED_PROFILE, extended));
        return client;
    }

    @ParameterizedTest
    @CsvSource({"NIO, true", "NIO, false", "EPOLL, true", "EPOLL, false", "IO_URING, true", "IO_URING, false"})
    void shouldCarryASession(TestTransport transport, boolean extended) throws Exception {
        try (Peers peers = new Peers(transport)) {
            peers.assertCarriesSession(connect(peers, extended), BULK_BYTES);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldGoOnWhenASubflowIsCut(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Recorder client = connect(peers, true);
            client.send(BULK_BYTES, 50_000);
            client.firstSubflow().close();
            client.awaitReceived(BULK_BYTES);
            assertThat(client.exceptions()).isEmpty();
        }
    }

    /** By the session's own word: these sockets have none. */
    @ParameterizedTest
    @EnumSource(names = {"NIO", "EPOLL"})
    void shouldNotLookWholeWhenItIsCut(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            Recorder client = connect(peers, true);
            client.send(1000, 1000);
            client.awaitReceived(1000);
            Recorder server = peers.accepted();
            client.session().config().setOption(ChannelOption.SO_LINGER, 0);
            client.channel().close().sync();
            server.awaitInactive();
            assertThat(server.exceptions()).singleElement().isInstanceOf(SessionResetException.class);
        }
    }

    @Test
    void shouldGoTogetherWithTcp() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listenOn(
                    peers.serverBootstrap(Echo::new),
                    MultipathAddress.of(address(peers.transport, "a"), peers.transport.ephemeral()));
            Recorder client = peers.connect();
            client.send(BULK_BYTES, 50_000);
            client.awaitReceived(BULK_BYTES);
            assertThat(client.session().subflows())
                    .extracting(SubflowInfo::remote)
                    .extracting(Object::getClass)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void shouldTellThatALoopHasNoSuchSockets() throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Echo::new, 1);
            MultipathAddress natives = MultipathAddress.of(address(TestTransport.EPOLL, "a"));
            assertThatThrownBy(() -> peers.clientBootstrap(new Recorder())
                            .connect(natives)
                            .sync())
                    .isInstanceOf(AllPathsFailedException.class)
                    .satisfies(failure -> assertThat(failure.getSuppressed())
                            .singleElement()
                            .satisfies(cause ->
                                    assertThat(cause).hasCauseInstanceOf(UnsupportedAddressTypeException.class)));
        }
    }
}
