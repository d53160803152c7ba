package dev.multipath.examples.emulator;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import java.util.function.IntSupplier;

/** Asks how many bytes to read just before each read; reads once per request. */
final class ReadSize extends DefaultMaxMessagesRecvByteBufAllocator {

    private final IntSupplier bytes;

    ReadSize(IntSupplier bytes) {
        super(1);
        this.bytes = bytes;
    }

    @Override
    @SuppressWarnings("deprecation") // Netty's own signature
    public Handle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return bytes.getAsInt();
            }
        };
    }
}
