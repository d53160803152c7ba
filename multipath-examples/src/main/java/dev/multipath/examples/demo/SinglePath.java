package dev.multipath.examples.demo;

import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.stream.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * What one plain TCP connection gets through one emulated path: the figure that several paths must beat.
 *
 * @param transport of all loops
 * @param pathLoop the emulator's
 * @param clientLoop the sender's
 * @param serverLoop the receiver's
 * @param deadline of the run
 */
record SinglePath(
        Transport transport,
        EventLoopGroup pathLoop,
        EventLoopGroup clientLoop,
        EventLoopGroup serverLoop,
        Deadline deadline) {
    /** Bytes per nanosecond to megabits per second. */
    private static final double MBIT_PER_BYTE_PER_NANO = 8_000;

    /** Enough for Java to have compiled what sends, relays, receives and hashes. */
    private static final long WARM_UP_BYTES = 16 << 20;

    /** Runs the same code over an unlimited path first: a cold start would make the single path look slow. */
    void warmUp() throws Exception {
        measureMbit(PathSettings.unlimited(), WARM_UP_BYTES);
    }

    /** Transfers {@code sizeBytes} and returns the rate in Mbit/s, from the connection's being there to the last byte. */
    double measureMbit(PathSettings settings, long sizeBytes) throws Exception {
        DataSender sender = new DataSender(sizeBytes);
        DataReceiver receiver = new DataReceiver(sizeBytes);
        Channel listener = new ServerBootstrap()
                .group(serverLoop)
                .channel(transport.serverSocketChannel())
                .childHandler(receiver)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        try (PathEmulator path = PathEmulator.start(pathLoop, settings, (InetSocketAddress) listener.localAddress())) {
            Channel client = new Bootstrap()
                    .group(clientLoop)
                    .channel(transport.socketChannel())
                    .handler(sender)
                    .connect(path.address())
                    .sync()
                    .channel();
            try {
                long endNanos = deadline.await(receiver.all()).atNanos();
                return sizeBytes * MBIT_PER_BYTE_PER_NANO / (endNanos - sender.startNanos());
            } finally {
                client.close();
            }
        } finally {
            listener.close();
        }
    }
}
