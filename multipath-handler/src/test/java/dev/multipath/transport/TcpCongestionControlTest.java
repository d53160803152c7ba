package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What a kernel is told whose congestion control is to begin anew. */
class TcpCongestionControlTest {

    private final List<String> told = new ArrayList<>();
    private String name = "bbr";
    private String refused = "";

    private final class Socket extends EmbeddedChannel {
        private final ChannelConfig config = new DefaultChannelConfig(this) {
            @Override
            @SuppressWarnings("unchecked")
            public <T> T getOption(ChannelOption<T> option) {
                if (option != TcpCongestionControl.NAME) {
                    return super.getOption(option);
                }
                if (name == null) {
                    throw new ChannelException("no such option");
                }
                return (T) TcpCongestionControl.bytes(name);
            }

            @Override
            public <T> boolean setOption(ChannelOption<T> option, T value) {
                if (option != TcpCongestionControl.NAME) {
                    return super.setOption(option, value);
                }
                validate(option, value);
                String wanted = StandardCharsets.US_ASCII
                        .decode((ByteBuffer) value)
                        .toString()
                        .trim();
                told.add(wanted);
                if (wanted.equals(refused)) {
                    throw new ChannelException("not permitted");
                }
                name = wanted;
                return true;
            }
        };

        @Override
        public ChannelConfig config() {
            // Asked for by the constructor above.
            return config == null ? super.config() : config;
        }
    }

    private final Socket socket = new Socket();

    @AfterEach
    void close() {
        socket.close();
    }

    @Test
    void shouldChangeToAnotherAndBack() {
        TcpCongestionControl.restart(socket, true);
        assertThat(told).containsExactly("reno", "bbr");
    }

    /** Whatever this machine's kernel has, and lets a process choose. */
    @Test
    void shouldLeaveASocketWithWhatItHad() throws Exception {
        Assumptions.assumeTrue(Epoll.isAvailable());
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel client = new Bootstrap()
                    .group(group)
                    .channel(EpollSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            ByteBuffer before = client.config().getOption(TcpCongestionControl.NAME);
            client.eventLoop()
                    .submit(() -> EventLoopSockets.restartCongestionControl(client))
                    .sync();
            assertThat(client.config().getOption(TcpCongestionControl.NAME)).isEqualTo(before);
            client.close().sync();
        } finally {
            group.shutdownGracefully(20, 5_000, TimeUnit.MILLISECONDS).sync();
        }
    }

    @Test
    void shouldLeaveOthersAlone() {
        name = "cubic";
        TcpCongestionControl.restart(socket, true);
        name = "bbr2";
        TcpCongestionControl.restart(socket, true);
        name = null;
        TcpCongestionControl.restart(socket, true);
        assertThat(told).isEmpty();
    }

    @Test
    void shouldNotLeaveWhatItMayNotComeBackTo() {
        TcpCongestionControl.restart(socket, false);
        assertThat(told).isEmpty();
    }

    @Test
    void shouldGoOnWithRenoIfTheKernelHasChangedItsMind() {
        refused = "bbr";
        TcpCongestionControl.restart(socket, true);
        assertThat(told).containsExactly("reno", "bbr");
        assertThat(name).isEqualTo("reno");
    }
}
