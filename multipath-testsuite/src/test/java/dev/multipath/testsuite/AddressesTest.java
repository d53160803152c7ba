package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketAddressesTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class AddressesTest extends SocketAddressesTest {

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

    @Override
    protected void assertAddress(SocketAddress address) {
        subflows.assertBound(address);
    }
}
