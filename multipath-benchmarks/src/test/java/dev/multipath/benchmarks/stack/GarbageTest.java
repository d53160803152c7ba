package dev.multipath.benchmarks.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a request and its answer leave to the collector, of both ends over real sockets, beyond plain Netty's: by the bytes that their event
 * loop allocates. A busy machine only adds to that, since timers are armed by time and not by requests: so the least of several looks counts.
 */
class GarbageTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final int REQUEST_BYTES = 64;
    /**
     * Of one look: a few milliseconds, so that there are looks in which nobody takes the processor away, however many want it. Each time that
     * happens a timer is armed, and leaves a kilobyte.
     */
    private static final int REQUESTS = 100;

    /** Until then much is not compiled, and leaves more, of plain Netty too. */
    private static final int MIN_LOOKS = 200;

    private static final int MAX_LOOKS = 5_000;

    /**
     * The floor for a data frame is 32 B beyond Netty's own, and an exchange is two: small ones leave nothing, but for what the clock makes.
     * With NIO it is less than plain Netty's.
     */
    @ParameterizedTest
    @CsvSource({"NIO, -60", "EPOLL, 4"})
    void shouldLeaveHardlyMoreThanPlainNetty(Transport transport, int maxMoreBytes) throws Exception {
        assumeTrue(transport.isAvailable());
        Stack stack = new Stack(transport, 2, false, Stack.Loops.ONE);
        // Its records are garbage too, of one buffer in 128 as applications have it, and of each one here.
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try (Exchange plain = new Exchange(stack.plain());
                Exchange multipath = new Exchange(stack)) {
            double plainBytes = Double.POSITIVE_INFINITY;
            double bytes = Double.POSITIVE_INFINITY;
            int look = 0;
            while (look < MIN_LOOKS || (look < MAX_LOOKS && bytes - plainBytes > maxMoreBytes)) {
                plainBytes = Math.min(plainBytes, plain.bytesEach());
                bytes = Math.min(bytes, multipath.bytesEach());
                look++;
            }
            assertThat(bytes - plainBytes)
                    .as("%.1f B for %.1f", bytes, plainBytes)
                    .isLessThanOrEqualTo(maxMoreBytes);
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    /** One connection or session, on an event loop of its own. */
    private static final class Exchange extends ChannelInboundHandlerAdapter implements AutoCloseable {
        private final Ends ends;
        private final Channel channel;
        private final ByteBuf request;
        private CountDownLatch done;
        private int missingRequests;
        private int missingBytes;

        Exchange(Stack stack) throws Exception {
            ends = new Ends(stack, WriteBufferWaterMark.DEFAULT, Echo.EchoHandler::new);
            channel = ends.connect(() -> this);
            ends.awaitSubflows();
            request = channel.alloc().directBuffer(REQUEST_BYTES).writeZero(REQUEST_BYTES);
        }

        /** {@return what each of some requests has left} */
        double bytesEach() throws Exception {
            done = new CountDownLatch(1);
            long before = channel.eventLoop()
                    .submit(() -> {
                        missingRequests = REQUESTS;
                        long allocated = THREADS.getCurrentThreadAllocatedBytes();
                        send();
                        return allocated;
                    })
                    .get();
            done.await();
            long after = channel.eventLoop()
                    .submit(THREADS::getCurrentThreadAllocatedBytes)
                    .get();
            return (after - before) / (double) REQUESTS;
        }

        private void send() {
            missingBytes = REQUEST_BYTES;
            channel.writeAndFlush(request.retainedDuplicate(), channel.voidPromise());
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ByteBuf answer = (ByteBuf) msg;
            missingBytes -= answer.readableBytes();
            answer.release();
            if (missingBytes > 0) {
                return;
            }
            if (--missingRequests > 0) {
                send();
            } else {
                done.countDown();
            }
        }

        @Override
        public void close() {
            ends.close();
            request.release();
        }
    }
}
