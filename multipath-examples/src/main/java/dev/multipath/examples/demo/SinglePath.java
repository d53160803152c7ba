package dev.multipath.examples.demo;

import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.stream.Transport;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** What one plain TCP connection gets through one emulated path: the figure that several paths must beat. */
final class SinglePath {
    /** Bytes per nanosecond to megabits per second. */
    private static final double MBIT_PER_BYTE_PER_NANO = 8_000;

    private SinglePath() {}

    /** Transfers {@code sizeBytes} and returns the rate in Mbit/s, from the connection's being there to the last arrival. */
    static double measureMbit(
            EmulatedLink link,
            long sizeBytes,
            Transport transport,
            EventLoopGroup emulatorLoop,
            EventLoopGroup endsLoop,
            Deadline deadline)
            throws Exception {
        DataSender sender = new DataSender(sizeBytes);
        DataReceiver receiver = new DataReceiver(sizeBytes);
        Channel listener = new ServerBootstrap()
                .group(endsLoop)
                .channel(transport.serverSocketChannel())
                .childHandler(receiver)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        try (PathEmulator path =
                PathEmulator.start(emulatorLoop, link.settings(), (InetSocketAddress) listener.localAddress())) {
            Channel client = new Bootstrap()
                    .group(endsLoop)
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
