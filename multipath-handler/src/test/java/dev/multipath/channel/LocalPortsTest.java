package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Paths from a local address share its ports, as connections to different destinations can. */
class LocalPortsTest {

    private static final int FIRST_PORT = 45_100;
    private static final int PORTS = 12;
    private static final int SESSIONS = 8;

    /** Linux 6.3: {@code IP_LOCAL_PORT_RANGE} of {@code ip(7)}, the ports from which one socket's is chosen. */
    private static final IntegerUnixChannelOption PORT_RANGE =
            new IntegerUnixChannelOption("IP_LOCAL_PORT_RANGE", 0, 51);

    private static final int RANGE = (FIRST_PORT + PORTS - 1) << 16 | FIRST_PORT;

    private static boolean isRangeKnown() {
        Channel socket = new EpollSocketChannel();
        try {
            return socket.config().setOption(PORT_RANGE, RANGE);
        } catch (ChannelException e) {
            return false;
        } finally {
            socket.unsafe().closeForcibly();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void shouldNotTakeAPortForAllDestinations(TestTransport transport) throws Exception {
        try (Peers peers = new Peers(transport)) {
            assumeTrue(isRangeKnown(), "the system knows no port range of a socket");
            peers.listen(Recorder::new, 2);
            InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
            List<Path> paths = peers.server().localAddress().paths().stream()
                    .map(path -> path.withLocal(any))
                    .toList();

            // Sixteen connections from twelve ports.
            for (int i = 0; i < SESSIONS; i++) {
                Recorder client = new Recorder();
                peers.clientBootstrap(client)
                        .option(PORT_RANGE, RANGE)
                        .connect(MultipathAddress.of(paths))
                        .sync();
                client.awaitCount(SubflowEvent.Kind.ADDED, 2);
                assertThat(client.session().subflows())
                        .allSatisfy(subflow -> assertThat(((InetSocketAddress) subflow.local()).getPort())
                                .isBetween(FIRST_PORT, FIRST_PORT + PORTS - 1));
            }
        }
    }
}
