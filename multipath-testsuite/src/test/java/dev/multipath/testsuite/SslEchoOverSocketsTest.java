package dev.multipath.testsuite;

import dev.multipath.testing.OneIn;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketSslEchoTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;

/** A part of Netty's longest class. {@code mvn verify} has each of its cases over one of the five kinds of subflows. */
@OneIn(5)
@Tag("cryptography")
@OverSubflows({Subflows.NIO, Subflows.EPOLL})
class SslEchoOverSocketsTest extends SocketSslEchoTest {

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
        return subflows.pairs();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }
}
