package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.testing.EventLoops;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceManagerTest {

    @Test
    void shouldTellTheSocket(@TempDir Path directory) throws Exception {
        String path = directory.resolve("notify").toString();
        shouldTellTheSocket(path, path);
    }

    @Test
    void shouldTellASocketOutsideTheFileSystem() throws Exception {
        String name = "multipath-test-" + UUID.randomUUID();
        shouldTellTheSocket("@" + name, "\0" + name);
    }

    private static void shouldTellTheSocket(String socket, String bound) throws Exception {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        try {
            new Bootstrap()
                    .group(group)
                    .channel(EpollDomainDatagramChannel.class)
                    .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                        @Override
                        protected void channelRead0(ChannelHandlerContext ctx, DomainDatagramPacket packet) {
                            told.add(packet.content().toString(StandardCharsets.US_ASCII));
                        }
                    })
                    .bind(new DomainSocketAddress(bound))
                    .sync();
            ServiceManager.tell(socket, ServiceManager.READY);
            ServiceManager.tell(socket, ServiceManager.STOPPING);
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo("READY=1");
            assertThat(told.poll(60, TimeUnit.SECONDS)).isEqualTo("STOPPING=1");
        } finally {
            EventLoops.shutDown(group);
        }
    }

    @Test
    void shouldGoOnWithoutOne(@TempDir Path directory) {
        assertThatCode(() -> ServiceManager.tell(directory.resolve("none").toString(), ServiceManager.READY))
                .doesNotThrowAnyException();
        assertThatCode(() -> ServiceManager.tell("@multipath-test-none", ServiceManager.READY))
                .doesNotThrowAnyException();
    }
}
