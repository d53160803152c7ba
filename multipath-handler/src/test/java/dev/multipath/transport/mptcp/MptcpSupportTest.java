package dev.multipath.transport.mptcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.metrics.MptcpStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a kernel's answers mean, by one that answers as it is told. */
class MptcpSupportTest {

    private static final int EACCES = -13;
    private static final int EMFILE = -24;
    private static final int ENOPROTOOPT = -92;

    private static final class Kernel implements MptcpSockets {

        int answer;
        int asked;

        Kernel(int answer) {
            this.answer = answer;
        }

        @Override
        public int open(int domain) {
            asked++;
            return answer;
        }

        @Override
        public EpollSocketChannel channel(int descriptor) throws IOException {
            throw new IOException("no channel on " + descriptor);
        }

        @Override
        public EpollServerSocketChannel serverChannel(int descriptor) throws IOException {
            throw new IOException("no channel on " + descriptor);
        }
    }

    @BeforeEach
    void haveEpoll() {
        assumeTrue(Epoll.isAvailable(), () -> "no epoll: " + Epoll.unavailabilityCause());
    }

    private static void close(Channel unregistered) {
        unregistered.unsafe().closeForcibly();
    }

    @ParameterizedTest
    @ValueSource(ints = {-93, -22, ENOPROTOOPT})
    void shouldFallBackAndRemember(int error) {
        Kernel kernel = new Kernel(error);
        MptcpSupport support = new MptcpSupport(kernel, null);
        assertThat(support.unavailability()).isNull();
        close(support.socket(MptcpMode.IF_AVAILABLE));
        assertThat(support.unavailability()).isNotEmpty();
        close(support.serverSocket(MptcpMode.IF_AVAILABLE));
        assertThat(kernel.asked).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {-93, -22, ENOPROTOOPT})
    void shouldFailIfItIsRequired(int error) {
        MptcpSupport support = new MptcpSupport(new Kernel(error), null);
        assertThatThrownBy(() -> support.socket(MptcpMode.REQUIRED))
                .isInstanceOf(MptcpUnavailableException.class)
                .hasMessageContaining(support.unavailability());
        assertThatThrownBy(() -> support.serverSocket(MptcpMode.REQUIRED))
                .isInstanceOf(MptcpUnavailableException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {EMFILE, EACCES})
    void shouldTellOtherErrorsAndAskAgain(int error) {
        Kernel kernel = new Kernel(error);
        MptcpSupport support = new MptcpSupport(kernel, null);
        for (MptcpMode mode : new MptcpMode[] {MptcpMode.IF_AVAILABLE, MptcpMode.REQUIRED}) {
            assertThatThrownBy(() -> support.socket(mode))
                    .isInstanceOf(ChannelException.class)
                    .isNotInstanceOf(MptcpUnavailableException.class);
        }
        assertThat(support.unavailability()).isNull();
        assertThat(kernel.asked).isEqualTo(2);
    }

    @Test
    void shouldNotAskIfItIsOff() {
        Kernel kernel = new Kernel(ENOPROTOOPT);
        MptcpSupport support = new MptcpSupport(kernel, null);
        close(support.socket(MptcpMode.OFF));
        close(support.serverSocket(MptcpMode.OFF));
        support.announce(MptcpMode.OFF);
        assertThat(kernel.asked).isZero();
    }

    @Test
    void shouldReadWhatAnOldKernelTells() {
        ByteBuffer struct = ByteBuffer.allocate(MptcpInfo.STRUCT_BYTES).order(ByteOrder.nativeOrder());
        struct.put(0, (byte) 2);
        MptcpInfo info = MptcpInfo.parse(struct);
        assertThat(info.stats())
                .isEqualTo(new MptcpStats(3, MptcpStats.UNKNOWN, MptcpStats.UNKNOWN, MptcpStats.UNKNOWN));
        assertThat(info.isFirstSubflowAlone()).isFalse();
        struct.putInt(8, 1);
        assertThat(MptcpInfo.parse(struct)).isNull();
    }

    /** Of two of which the first is gone: what was known of that one is nothing that anybody should go by. */
    @Test
    void shouldTellAFirstSubflowFromTheOnlyOne() {
        ByteBuffer struct = ByteBuffer.allocate(MptcpInfo.STRUCT_BYTES).order(ByteOrder.nativeOrder());
        struct.putLong(48, 7).putLong(56, 1000).putLong(64, 2000);
        struct.put(80, (byte) 1);
        assertThat(MptcpInfo.parse(struct)).isEqualTo(new MptcpInfo(new MptcpStats(1, 1000, 2000, 7), 0));
        struct.put(0, (byte) 1);
        assertThat(MptcpInfo.parse(struct).isFirstSubflowAlone()).isFalse();
    }
}
