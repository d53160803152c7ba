package dev.multipath.quic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.quic.UdpMemory.Network;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UdpMemoryTest {

    private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 10);
    private final UdpMemory memory = new UdpMemory(nowNanos::get);
    private final Network network = Network.of(null, new InetSocketAddress("192.0.2.1", 1));

    @Test
    void shouldRememberForAWhile() {
        assertThat(memory.isBlocked(network)).isFalse();
        memory.onBlocked(network);
        nowNanos.addAndGet(UdpMemory.BLOCKED_NANOS - 1);
        assertThat(memory.isBlocked(network)).isTrue();
        nowNanos.incrementAndGet();
        assertThat(memory.isBlocked(network)).isFalse();
    }

    @Test
    void shouldForgetWhatComesThrough() {
        memory.onBlocked(network);
        memory.onThrough(network);
        assertThat(memory.isBlocked(network)).isFalse();
    }

    /** The same server from another address is another way. */
    @Test
    void shouldTellNetworksApart() {
        memory.onBlocked(network);
        assertThat(memory.isBlocked(Network.of(null, new InetSocketAddress("192.0.2.1", 2))))
                .isTrue();
        assertThat(memory.isBlocked(
                        Network.of(new InetSocketAddress("192.0.2.9", 0), new InetSocketAddress("192.0.2.1", 1))))
                .isFalse();
        assertThat(memory.isBlocked(Network.of(null, new InetSocketAddress("192.0.2.2", 1))))
                .isFalse();
    }

    @Test
    void shouldKeepOnlySoMany() {
        memory.onBlocked(network);
        for (int i = 0; i < 256; i++) {
            memory.onBlocked(Network.of(null, new InetSocketAddress("198.51.100." + i, 1)));
        }
        assertThat(memory.isBlocked(network)).isFalse();
    }
}
