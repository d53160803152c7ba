package dev.multipath.testsuite;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketConnectionAttemptTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.Parameter;

@OverSubflows
class ConnectionAttemptTest extends SocketConnectionAttemptTest {

    static {
        DeafAddress.tellNetty();
    }

    @Parameter
    Subflows subflows;

    /** Netty gives a timeout of two seconds one more to be told. */
    @Test
    @Override
    public void testConnectTimeout(TestInfo testInfo) throws Throwable {
        WallClock.onceMore(() -> super.testConnectTimeout(testInfo));
    }

    /** Netty gives the channel half a second to close. */
    @Test
    @Override
    public void testConnectCancellation(TestInfo testInfo) throws Throwable {
        assumeTrue(subflows != Subflows.LOCAL, "a local connect never waits, and so cannot be cancelled");
        WallClock.onceMore(() -> super.testConnectCancellation(testInfo));
    }

    @Override
    protected List<BootstrapFactory<Bootstrap>> newFactories() {
        return subflows.clients();
    }

    @Override
    protected SocketAddress newSocketAddress() {
        return subflows.newAddress();
    }
}
