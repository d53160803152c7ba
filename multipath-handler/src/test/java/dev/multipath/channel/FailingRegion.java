package dev.multipath.channel;

import io.netty.channel.FileRegion;
import io.netty.util.AbstractReferenceCounted;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A file that gives the beginning of a {@link Pattern}, and fails before its last byte. */
final class FailingRegion extends AbstractReferenceCounted implements FileRegion {

    private static final int STEP_BYTES = 8192;

    private final long goodBytes;
    private final Exception failure;
    private volatile long transferred;

    /** Fails with an {@code IOException} or a {@code RuntimeException} when it has given so much. */
    FailingRegion(long goodBytes, Exception failure) {
        this.goodBytes = goodBytes;
        this.failure = failure;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
        if (position == goodBytes) {
            if (failure instanceof IOException e) {
                throw e;
            }
            throw (RuntimeException) failure;
        }
        byte[] step = new byte[(int) Math.min(STEP_BYTES, goodBytes - position)];
        for (int i = 0; i < step.length; i++) {
            step[i] = Pattern.at(position + i);
        }
        int written = target.write(ByteBuffer.wrap(step));
        transferred = position + written;
        return written;
    }

    @Override
    public long transferred() {
        return transferred;
    }

    @Override
    @Deprecated
    public long transfered() {
        return transferred;
    }

    @Override
    public long position() {
        return 0;
    }

    @Override
    public long count() {
        return goodBytes + 1;
    }

    @Override
    public FileRegion retain() {
        super.retain();
        return this;
    }

    @Override
    public FileRegion retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public FileRegion touch() {
        return this;
    }

    @Override
    public FileRegion touch(Object hint) {
        return this;
    }

    @Override
    protected void deallocate() {
        // It holds nothing.
    }
}
