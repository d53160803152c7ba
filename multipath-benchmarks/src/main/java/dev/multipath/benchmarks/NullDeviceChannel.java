package dev.multipath.benchmarks;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes as a socket channel does, with one gathering system call for all that is flushed, but to the null device: what
 * is left to measure is the cost on this side of the kernel's own copy, which every way of writing has.
 */
final class NullDeviceChannel extends EmbeddedChannel {
    /** The most buffers that one call takes on Linux, and that Netty passes to one. */
    private static final int MAX_BUFFERS = 1024;

    private final FileChannel device = FileChannel.open(Path.of("/dev/null"), StandardOpenOption.WRITE);

    NullDeviceChannel(ChannelHandler... handlers) throws IOException {
        super(handlers);
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        while (!in.isEmpty()) {
            var buffers = in.nioBuffers(MAX_BUFFERS, Integer.MAX_VALUE);
            in.removeBytes(device.write(buffers, 0, in.nioBufferCount()));
        }
    }

    @Override
    protected void doClose() throws Exception {
        super.doClose();
        device.close();
    }
}
