package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A subflow on io_uring wants to read nothing any more when it is closed, by whomever. */
class IoUringShutdownGuardTest {

    /** Tells how many I/O handles it has. */
    private static final class CountingLoop extends SingleThreadIoEventLoop {
        CountingLoop() {
            super(null, new DefaultThreadFactory(CountingLoop.class), IoUringIoHandler.newFactory());
        }

        int handles() {
            return getNumOfRegisteredChannels();
        }
    }

    private CountingLoop loop;
    private ServerSocket peer;

    /** The other end of the subflow, once it is asked for. */
    private Socket accepted;

    @BeforeEach
    void listen() throws Exception {
        assumeTrue(IoUring.isAvailable(), () -> "no io_uring: " + IoUring.unavailabilityCause());
        loop = new CountingLoop();
        peer = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws Exception {
        if (peer != null) {
            peer.close();
            awaitTerminated();
        }
        if (accepted != null) {
            accepted.close();
        }
    }

    private void awaitTerminated() {
        // Long enough for the ring to come to rest, without which Netty may free memory that the kernel still writes
        // to.
        loop.shutdownGracefully(300, 20_000, TimeUnit.MILLISECONDS);
        assertThat(loop.terminationFuture().awaitUninterruptibly(60, TimeUnit.SECONDS))
                .isTrue();
    }

    private Channel connect() throws InterruptedException {
        SubflowSetup setup = new SubflowSetup(Map.of(), subflow -> {});
        return loop.submit(() ->
                        SubflowTransport.ofEventLoop().dial(loop.next(), peer.getLocalSocketAddress(), null, setup))
                .sync()
                .getNow()
                .sync()
                .getNow();
    }

    @Test
    void shouldStopReadingWhenTheLoopShutsDown() throws Exception {
        Channel subflow = connect();
        assertThat(subflow.config().isAutoRead()).isTrue();
        awaitTerminated();
        assertThat(subflow.isOpen()).isFalse();
        assertThat(subflow.config().isAutoRead()).isFalse();
    }

    @Test
    void shouldStopReadingWhenTheSubflowIsClosed() throws Exception {
        Channel subflow = connect();
        subflow.close().sync();
        assertThat(subflow.config().isAutoRead()).isFalse();
    }

    /**
     * As a TLS handler asks for more of a record while it is off. Closed just before the loop looks at its channels: the new poll that
     * answers the cancelled read is submitted ahead of the NOP then, and its cancellation behind.
     */
    @Test
    void shouldEndALoopWhoseSubflowWaitsForAReadThatWasAskedFor() throws Exception {
        Channel subflow = connect();
        letAReadWait(subflow);
        loop.execute(() -> {
            subflow.close();
            loop.shutdownGracefully(300, 20_000, TimeUnit.MILLISECONDS);
        });
        awaitTerminated();
        assertThat(subflow.isOpen()).isFalse();
    }

    /** A byte has come when nobody wanted it, and is gone when the channel reads: the read waits in the kernel. */
    private void letAReadWait(Channel subflow) throws Exception {
        // Behind the turn in which it connected: it waits for input from then on.
        loop.submit(() -> subflow.config().setAutoRead(false)).sync();
        accepted = peer.accept();
        accepted.setSoTimeout(60_000);
        accepted.getOutputStream().write(1);
        FileDescriptor socket = ((IoUringSocketChannel) subflow).fd();
        ByteBuffer aByte = ByteBuffer.allocateDirect(1);
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> loop.submit(() -> socket.read(aByte, 0, 1)).get() == 1);
        loop.submit(subflow::read).sync();
    }

    @Test
    void shouldLeaveTheLoopWithTheSubflow() throws Exception {
        Channel subflow = connect();
        assertThat(loop.handles()).isEqualTo(2);
        subflow.close().sync();
        Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> loop.handles() == 0);
    }
}
