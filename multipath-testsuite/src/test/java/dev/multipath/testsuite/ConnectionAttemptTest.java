package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketConnectionAttemptTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class ConnectionAttemptTest extends SocketConnectionAttemptTest {

    static {
        DeafAddress.tellNetty();
    }

    @Parameter
    Subflows subflows;

    @Override
    protected List<BootstrapFactory<Bootstrap>> newFactories() {
        return subflows.clients();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }
}
