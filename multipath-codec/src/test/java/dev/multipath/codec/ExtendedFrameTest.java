package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What extended frames refuse to be made of: everything that has no bytes. */
class ExtendedFrameTest {
    private static final OpaqueBytes NONCE = OpaqueBytes.of(new byte[16]);
    private static final OpaqueBytes MAC = OpaqueBytes.of(new byte[32]);
    private static final long MAX = VarInt.MAX_VALUE;

    @ParameterizedTest
    @ValueSource(longs = {-1, MAX + 1, Long.MIN_VALUE, Long.MAX_VALUE})
    void shouldRefuseNumbersWithoutAnEncoding(long number) {
        InetSocketAddress address = new InetSocketAddress("192.0.2.1", 443);

        assertThatRefused(() -> new HelloFrame(number, 0, 0, 0, 0, null));
        assertThatRefused(() -> new HelloFrame(0, number, 0, 0, 0, null));
        assertThatRefused(() -> new HelloFrame(0, 0, number, 0, 0, null));
        assertThatRefused(() -> new HelloFrame(0, 0, 0, number, 0, null));
        assertThatRefused(() -> new HelloFrame(0, 0, 0, 0, number, null));
        assertThatRefused(() -> new CumulativeAckFrame(number, 0, 0, 0));
        assertThatRefused(() -> new CumulativeAckFrame(10, number, 0, 0));
        assertThatRefused(() -> new CumulativeAckFrame(10, 0, number, 0));
        assertThatRefused(() -> new CumulativeAckFrame(10, 0, 0, number));
        assertThatRefused(() -> new JoinRequestFrame(number, NONCE));
        assertThatRefused(() -> new FinFrame(number));
        assertThatRefused(() -> new ResetFrame(number, ""));
        assertThatRefused(() -> new AddAddressFrame(number, 0, address));
        assertThatRefused(() -> new AddAddressFrame(0, number, address));
        assertThatRefused(() -> new RemoveAddressFrame(number, 0));
        assertThatRefused(() -> new RemoveAddressFrame(0, number));
        assertThatRefused(() -> new PathStatusFrame(number, 0, true));
        assertThatRefused(() -> new PathStatusFrame(0, number, true));
        assertThatRefused(() -> new PathCloseFrame(number, 0, ""));
        assertThatRefused(() -> new PathSuspectFrame(number));
        assertThatRefused(() -> new PathSocketFrame(number));
        assertThatRefused(() -> new PathCloseFrame(0, number, ""));
    }

    @Test
    void shouldRefuseNumbersThatNoFrameHas() {
        assertThatRefused(() -> new FinFrame(9));
        assertThatRefused(() -> new CumulativeAckFrame(9, 0, 0, 0));
        assertThatRefused(() -> new JoinRequestFrame(0, NONCE));
    }

    @Test
    void shouldRefuseBytesOfAnotherLength() {
        assertThatRefused(() -> new HelloFrame(0, 0, 0, 0, 0, NONCE));
        assertThatRefused(() -> new JoinRequestFrame(1, MAC));
        assertThatRefused(() -> new JoinChallengeFrame(MAC, MAC));
        assertThatRefused(() -> new JoinChallengeFrame(NONCE, NONCE));
        assertThatRefused(() -> new JoinResponseFrame(NONCE));
    }

    @Test
    void shouldRefuseRangesThatTheWireCannotTell() {
        assertThatRefused(() -> ranges(11));
        assertThatRefused(() -> ranges(10, 12));
        assertThatRefused(() -> ranges(11, 11));
        assertThatRefused(() -> ranges(11, 12, 12, 13));
        assertThatRefused(() -> ranges(20, 21, 11, 12));
        assertThatRefused(() -> ranges(11, MAX + 1));
        assertThatRefused(() -> ranges(new long[2 * CumulativeAckFrame.MAX_RANGES + 2]));
        assertThat(ranges(11, 12, 13, MAX).ranges()).containsExactly(11, 12, 13, MAX);
    }

    @Test
    void shouldCompareRangesByTheirBounds() {
        assertThat(ranges(11, 12)).isEqualTo(ranges(11, 12)).hasSameHashCodeAs(ranges(11, 12));
        assertThat(ranges(11, 12)).isNotEqualTo(ranges(11, 13)).isNotEqualTo(ranges());
        assertThat(ranges()).isEqualTo(new CumulativeAckFrame(10, 0, 0, 0));
    }

    @Test
    void shouldMeasureReasonsInBytes() {
        assertThat(new ResetFrame(0, "\u20ac".repeat(341)).reason()).hasSize(341);
        assertThatRefused(() -> new ResetFrame(0, "\u20ac".repeat(342)));
        assertThatRefused(() -> new PathCloseFrame(0, 0, "x".repeat(1025)));
    }

    @Test
    void shouldRefuseAnAddressThatHasToBeLookedUp() {
        assertThatRefused(() -> new AddAddressFrame(0, 0, InetSocketAddress.createUnresolved("host.invalid", 443)));
    }

    @Test
    void shouldKeepOpaqueBytesToThemselves() {
        byte[] bytes = {1, 2, 3};
        OpaqueBytes opaque = OpaqueBytes.of(bytes);
        bytes[0] = 9;
        opaque.toByteArray()[0] = 9;

        assertThat(opaque.toByteArray()).containsExactly(1, 2, 3);
        assertThat(opaque).hasToString("3 bytes").isEqualTo(OpaqueBytes.of(new byte[] {1, 2, 3}));
        assertThat(opaque).isNotEqualTo(OpaqueBytes.of(new byte[] {1, 2, 4}));
        assertThat(opaque).isNotEqualTo(OpaqueBytes.of(new byte[] {1, 2}));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> OpaqueBytes.read(Unpooled.wrappedBuffer(bytes), 4));
    }

    @Test
    void shouldNotShowAKeyInItsTextForm() {
        byte[] key = new byte[32];
        key[0] = 0x5a;

        assertThat(new HelloFrame(0, 0, 0, 0, 0, OpaqueBytes.of(key)).toString())
                .contains("32 bytes")
                .doesNotContain("5a", "90");
    }

    private static CumulativeAckFrame ranges(long... bounds) {
        return new CumulativeAckFrame(10, 0, bounds, 0, 0);
    }

    private static void assertThatRefused(ThrowingCallable construction) {
        assertThatIllegalArgumentException().isThrownBy(construction);
    }

    /** RESET and PATH CLOSE end with their reason. */
    @Requirement("EXT-4")
    @Test
    void shouldIgnoreBytesBehindTheFieldsOfEveryFrameThatCanGrow() {
        InetSocketAddress ipv4 = new InetSocketAddress("192.0.2.1", 443);
        InetSocketAddress ipv6 = new InetSocketAddress("2001:db8::1", 443);
        List<ExtendedFrame> frames = List.of(
                new HelloFrame(0, 3, 1, 2, 3, MAC),
                new HelloFrame(0, 3, 1, 2, 3, null),
                ranges(11, 12),
                new JoinRequestFrame(1, NONCE),
                new JoinChallengeFrame(NONCE, MAC),
                new JoinResponseFrame(MAC),
                new FinFrame(10),
                new AddAddressFrame(1, 2, ipv4),
                new AddAddressFrame(1, 2, ipv6),
                new RemoveAddressFrame(1, 2),
                new PathStatusFrame(1, 2, true),
                new PathSuspectFrame(1),
                new PathSocketFrame(1),
                new GoingAwayFrame());
        for (ExtendedFrame frame : frames) {
            for (int behind : new int[] {
                1, 63, ExtendedFrame.MAX_PAYLOAD_BYTES - payload(frame).readableBytes()
            }) {
                ByteBuf payload = payload(frame).writeZero(behind);
                ByteBuf bytes = Bytes.encoded(List.of(new Preface(ConnectionId.ZERO), ControlFrame.EXTENDED));
                VarInt.write(bytes, payload.readableBytes());
                VarInt.write(bytes, ExtendedFrameEncoding.type(frame).number());
                bytes.writeBytes(payload).writeBytes(Bytes.encoded(List.of(ControlFrame.PING)));

                assertThat(Bytes.decoded(bytes))
                        .containsExactly(
                                new Preface(ConnectionId.ZERO), ControlFrame.EXTENDED, frame, ControlFrame.PING);
            }
        }
    }

    private static ByteBuf payload(ExtendedFrame frame) {
        ByteBuf payload = Unpooled.buffer();
        ExtendedFrameEncoding.writePayload(frame, payload);
        return payload;
    }
}
