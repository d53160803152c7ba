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

/** The other part. */
@OneIn(value = 5, share = 2)
@Tag("cryptography")
@OverSubflows({Subflows.LOCAL, Subflows.QUIC, Subflows.MPTCP})
class SslEchoElsewhereTest extends SocketSslEchoTest {

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
