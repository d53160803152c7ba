package dev.multipath.examples.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.examples.stream.Transport;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InterfaceTransportTest {
    private static final SubflowSetup PLAIN = new SubflowSetup(Map.of(), subflow -> {});

    private static String loopback() throws Exception {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"))
                .getName();
    }

    @Test
    void shouldFindTheAddressThatAnInterfaceHas() throws Exception {
        assertThat(new InterfaceAddress(loopback()).resolve(InetAddress.getByName("127.0.0.1")))
                .isEqualTo(new InetSocketAddress("127.0.0.1", 0));
        assertThatThrownBy(() -> new InterfaceAddress("nowhere0").resolve(InetAddress.getByName("127.0.0.1")))
                .isInstanceOf(BindException.class)
                .hasMessage("interface nowhere0 is not there");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a/b", "sixteen-letters-", "\u00e4"})
    void shouldRefuseWhatNoInterfaceIsCalled(String name) {
        assertThatIllegalArgumentException().isThrownBy(() -> new InterfaceAddress(name));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void shouldLeaveByTheInterface(Transport transport) throws Exception {
        EventLoopGroup group = transport.newEventLoop("interface-test");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            InterfaceTransport interfaces = new InterfaceTransport(SubflowTransport.ofEventLoop(), null);
            EventLoop loop = group.next();

            Channel subflow = onLoop(
                            loop,
                            () -> interfaces.dial(
                                    loop, server.getLocalSocketAddress(), new InterfaceAddress(loopback()), PLAIN))
                    .sync()
                    .getNow();
            assertThat(((InetSocketAddress) subflow.localAddress()).getHostString())
                    .isEqualTo("127.0.0.1");
            subflow.close().sync();

            // To the path manager: no way there until interfaces change.
            Future<Channel> failed = onLoop(
                            loop,
                            () -> interfaces.dial(
                                    loop, server.getLocalSocketAddress(), new InterfaceAddress("nowhere0"), PLAIN))
                    .await();
            assertThat(failed.cause()).isInstanceOf(BindException.class);
        } finally {
            EventLoops.shutDown(group);
        }
    }

    private static <T> T onLoop(EventLoop loop, Callable<T> task) throws Exception {
        return loop.submit(task).sync().getNow();
    }
}
