package dev.multipath.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.MptcpStats;
import dev.multipath.metrics.TransportStats;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class TcpInfoTest {

    /** The offsets are those of the kernel's {@code struct tcp_info}. */
    @Test
    void shouldReadTheKernelsStruct() {
        ByteBuffer struct = ByteBuffer.allocate(104).order(ByteOrder.nativeOrder());
        struct.putInt(16, 1448).putInt(24, 3).putInt(28, 2).putInt(68, 25_000);
        struct.putInt(80, 10).putInt(100, 7);
        long unknown = TransportStats.UNKNOWN;
        TransportStats expected =
                new TransportStats(25_000_000, 14_480, unknown, unknown, 3 * 1448, 2 * 1448, 7, MptcpStats.NONE);
        // As a channel gives it.
        assertThat(TcpInfo.parse(struct.order(ByteOrder.BIG_ENDIAN))).isEqualTo(expected);
    }

    @Test
    void shouldReadCountersAsUnsigned() {
        ByteBuffer struct = ByteBuffer.allocate(104).order(ByteOrder.nativeOrder());
        struct.putInt(100, -1);
        assertThat(TcpInfo.parse(struct).lostPackets()).isEqualTo(0xFFFF_FFFFL);
    }
}
