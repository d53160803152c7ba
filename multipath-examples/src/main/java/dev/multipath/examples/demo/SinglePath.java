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
    private SinglePath() {}

    /** Transfers {@code sizeBytes} and returns the steady rate in Mbit/s, without what a start costs. */
    static double measureMbit(
            EmulatedLink link,
            long sizeBytes,
            Transport transport,
            EventLoopGroup emulatorLoop,
            EventLoopGroup endsLoop,
            Deadline deadline)
            throws Exception {
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
                    .handler(new DataSender(sizeBytes))
                    .connect(path.address())
                    .sync()
                    .channel();
            try {
                return deadline.await(receiver.all()).steadyMbit();
            } finally {
                client.close();
            }
        } finally {
            listener.close();
        }
    }
}
