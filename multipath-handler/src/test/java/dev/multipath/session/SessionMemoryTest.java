package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** What a session costs, and how its windows follow what it may cost. */
class SessionMemoryTest {

    private static final int KIB = 1 << 10;
    private static final int READ_BUFFER_BYTES = 64 * KIB;

    private static DataFrame data(long number, ByteBuf payload) {
        return new DataFrame(number, payload);
    }

    /** A slice of a whole read buffer. */
    private static ByteBuf slice(ByteBuf read, int bytes) {
        return read.retainedSlice(0, bytes);
    }

    private static ByteBuf read() {
        return Unpooled.buffer(READ_BUFFER_BYTES).writeZero(READ_BUFFER_BYTES);
    }

    // ---- grants

    @Test
    void shouldGrantANewSessionNoMoreThanThereIs() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.session.memory().limit(100 * KIB, 100 * KIB);
            Subflow subflow = server.freshSubflow();
            server.receive(subflow, ControlFrame.EXTENDED);

            assertThat(server.transmit()).contains("0: hello with key, grant " + 100 * KIB);
            assertThat(server.session.memory().pledgedCostBytes()).isEqualTo(200 * KIB);
        }
    }

    @Requirement("LIM-9")
    @Test
    void shouldGrantLessAheadWhenMemoryIsShortButTakeNothingBack() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            server.session.memory().limit(64 * KIB, 64 * KIB);
            server.receiveData(subflow, 10, 256 * KIB);
            server.receiveData(subflow, 11, 192 * KIB);
            server.read();
            // 448 KiB read and 64 KiB ahead are what was granted in the beginning.
            assertThat(server.transmit()).contains("0: ack 12, here 2, grant " + 512 * KIB);

            server.receiveData(subflow, 12, 64 * KIB);
            server.read();
            assertThat(server.transmit()).contains("0: ack 13, here 3, grant " + (512 + 64) * KIB);
        }
    }

    @Test
    void shouldGrantNothingMoreAtTheEndOfItsMemoryAndGoOnWhenThereIsSome() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            server.session.memory().limit(0, 64 * KIB);
            server.receiveData(subflow, 10, 512 * KIB);
            server.read();
            // Until a peer that does not say whether it lives is called stale.
            assertThat(server.run(500))
                    .filteredOn(words -> words.contains("ack"))
                    .containsExactly("0: ack 11, here 1, grant " + 512 * KIB);

            server.session.memory().limit(64 * KIB, 64 * KIB);
            assertThat(server.transmit()).contains("0: ack 11, here 1, grant " + (512 + 64) * KIB);
        }
    }

    @Requirement({"LIM-9", "FLOW-4"})
    @Test
    void shouldTakeWhatWasGrantedWhateverItMayHoldNow() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            server.session.memory().limit(0, 0);
            for (int i = 7; i >= 0; i--) {
                server.receiveData(subflow, 10 + i, 64 * KIB);
            }
            assertThat(server.session.memory().receivedCostBytes()).isGreaterThanOrEqualTo(2 * 512 * KIB);
            assertThat(server.read()).isEqualTo(512 * KIB);
            assertThat(server.session.memory().consumedBytes()).isEqualTo(512 * KIB);
            assertThat(server.session.memory().receivedCostBytes()).isZero();
        }
    }

    // ---- sending

    @Test
    void shouldTakeLessFromTheApplicationWhenMemoryIsShort() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            server.session.memory().limit(1 << 20, 100 * KIB);
            assertThat(server.session.sendCapacityBytes()).isEqualTo(100 * KIB);
            server.send(64 * KIB);
            assertThat(server.session.sendCapacityBytes()).isEqualTo(36 * KIB);
            server.transmit();
            assertThat(server.session.sendCapacityBytes()).isEqualTo(36 * KIB);
            assertThat(server.session.memory().sentCostBytes()).isBetween(128L * KIB, 130L * KIB);

            server.receiveAck(subflow, 18, 8);

            assertThat(server.session.sendCapacityBytes()).isEqualTo(100 * KIB);
            assertThat(server.session.memory().sentCostBytes()).isZero();
            assertThat(server.session.memory().acknowledgedBytes()).isEqualTo(64 * KIB);
        }
    }

    // ---- real costs

    @Test
    void shouldCountObjectsOfSmallFrames() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            for (int i = 1; i <= 1000; i++) {
                server.receiveData(subflow, 10 + i, 1);
            }
            assertThat(server.session.memory().receivedCostBytes()).isGreaterThan(200_000);
        }
    }

    @Test
    void shouldNotPinAReadBufferForASmallFrameThatWaits() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            ByteBuf read = read();
            server.receive(subflow, data(11, slice(read, 1024)));
            assertThat(read.refCnt()).isEqualTo(1);
            server.receive(subflow, data(12, slice(read, 16 * KIB)));
            assertThat(read.refCnt()).as("not copied: a fourth of it").isEqualTo(2);
            server.receive(subflow, data(10, Unpooled.wrappedBuffer(new byte[1])));
            assertThat(server.read()).isEqualTo(1 + 1024 + 16 * KIB);
            read.release();
        }
    }

    @Test
    void shouldNotPinReadBuffersForWhatTheApplicationLeavesUnread() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow subflow = server.first(10);
            ByteBuf read = read();
            server.receive(subflow, data(10, slice(read, 1024)));
            assertThat(read.refCnt()).as("it may be read at once").isEqualTo(2);
            server.session.memory().settle();
            assertThat(read.refCnt()).isEqualTo(1);
            server.receive(subflow, data(11, slice(read, 1024)));
            assertThat(server.read()).isEqualTo(2048);
            read.release();
        }
    }

    @Test
    void shouldNotPinReadBuffersForAnEchoThatNobodyReads() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            ByteBuf read = read();
            for (int i = 0; i < 100; i++) {
                server.session.send(slice(read, 1024));
            }
            assertThat(read.refCnt()).isLessThan(20);
            server.transmit();
            assertThat(read.refCnt()).isLessThan(20);
            read.release();
        }
    }

    @Test
    void shouldDropInTheBaseProfileWhatItMayNotHold() {
        try (SessionFixture server = new SessionFixture()) {
            Subflow subflow = server.subflow(10);
            server.session.memory().limit(64 * KIB, 64 * KIB);
            for (int i = 1; i <= 16; i++) {
                server.receiveData(subflow, 10 + i, 8 * KIB);
            }
            assertThat(server.session.bufferedReceiveBytes()).isEqualTo(64 * KIB);
            server.receiveData(subflow, 10, 8 * KIB);
            assertThat(server.session.nextExpectedFrameNumber())
                    .as("the missing one is taken")
                    .isEqualTo(19);
            assertThat(server.session.wantsInput()).isFalse();
        }
    }
}
