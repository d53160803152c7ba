package dev.multipath.testsuite;

import dev.multipath.testing.OneIn;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.TrafficShapingHandlerTest;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;

/**
 * What Netty asserts here is how many milliseconds lie between two messages: it measures the machine too. So these run by
 * themselves, when nothing else of the build does, and once more before they fail; in {@code mvn verify} each over one of the five.
 */
@OneIn(5)
@OverSubflows
@Tag("wall-clock")
class TrafficShapingTest extends TrafficShapingHandlerTest {

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
    public void testNoTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testNoTrafficShapping(sb, cb));
    }

    @Override
    public void testWriteTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testWriteTrafficShapping(sb, cb));
    }

    @Override
    public void testReadTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testReadTrafficShapping(sb, cb));
    }

    @Override
    public void testWrite1TrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testWrite1TrafficShapping(sb, cb));
    }

    @Override
    public void testRead1TrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testRead1TrafficShapping(sb, cb));
    }

    @Override
    public void testWriteGlobalTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testWriteGlobalTrafficShapping(sb, cb));
    }

    @Override
    public void testReadGlobalTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testReadGlobalTrafficShapping(sb, cb));
    }

    @Override
    public void testAutoReadTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testAutoReadTrafficShapping(sb, cb));
    }

    @Override
    public void testAutoReadGlobalTrafficShapping(ServerBootstrap sb, Bootstrap cb) throws Throwable {
        WallClock.onceMore(() -> super.testAutoReadGlobalTrafficShapping(sb, cb));
    }
}
