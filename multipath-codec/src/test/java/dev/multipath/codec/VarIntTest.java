package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Requirement("WIRE-1")
class VarIntTest {
    @ParameterizedTest
    @CsvSource({
        // RFC 9000, appendix A.1
        "c2197c5eff14e88c, 151288809941952652",
        "9d7f3e7d, 494878333",
        "7bbd, 15293",
        "25, 37",
        // the first and last value of each length
        "00, 0",
        "3f, 63",
        "4040, 64",
        "7fff, 16383",
        "80004000, 16384",
        "bfffffff, 1073741823",
        "c000000040000000, 1073741824",
        "ffffffffffffffff, 4611686018427387903"
    })
    void shouldReadAndWriteTheVectorsOfTheRfcAndTheEdgesOfEachLength(String bytes, long value) {
        ByteBuf out = Unpooled.buffer();
        VarInt.write(out, value);

        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(bytes);
        assertThat(VarInt.encodedLength(value)).isEqualTo(bytes.length() / 2);
        assertThat(VarInt.tryRead(Bytes.hex(bytes))).isEqualTo(value);
    }

    @Requirement("WIRE-2")
    @ParameterizedTest
    @CsvSource({
        "4025, 37", // RFC 9000, appendix A.1
        "80000025, 37",
        "c000000000000025, 37",
        "4000, 0",
        "c000000000003fff, 16383"
    })
    void shouldAcceptAFormThatIsNotTheShortest(String bytes, long value) {
        ByteBuf in = Bytes.hex(bytes);

        assertThat(VarInt.tryRead(in)).isEqualTo(value);
        assertThat(in.isReadable()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, VarInt.MAX_VALUE + 1, Long.MAX_VALUE})
    void shouldWriteNothingWhenTheValueHasMoreThan62Bits(long value) {
        ByteBuf out = Unpooled.buffer();

        assertThatExceptionOfType(VarIntRangeException.class)
                .isThrownBy(() -> VarInt.write(out, value))
                .withMessageContaining(Long.toString(value))
                .matches(e -> e.value() == value);
        assertThatExceptionOfType(VarIntRangeException.class).isThrownBy(() -> VarInt.encodedLength(value));
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void shouldConsumeNothingWhenBytesAreMissing() {
        ByteBuf whole = Bytes.hex("c2197c5eff14e88c");
        for (int length = 0; length < whole.readableBytes(); length++) {
            ByteBuf cut = whole.slice(0, length);

            assertThat(VarInt.tryRead(cut)).isEqualTo(VarInt.INCOMPLETE);
            assertThat(cut.readerIndex()).isZero();
        }
    }

    @Property
    void shouldReadWhatWasWritten(@ForAll @LongRange(min = 0, max = VarInt.MAX_VALUE) long value) {
        ByteBuf bytes = Unpooled.buffer();
        VarInt.write(bytes, value);

        assertThat(bytes.readableBytes()).isEqualTo(VarInt.encodedLength(value));
        assertThat(VarInt.tryRead(bytes)).isEqualTo(value);
        assertThat(bytes.isReadable()).isFalse();
    }

    @Property
    void shouldReadTheSameInPieces(
            @ForAll @LongRange(min = 0, max = VarInt.MAX_VALUE) long value,
            @ForAll @IntRange(min = 1, max = 7) int firstPiece) {
        ByteBuf bytes = Unpooled.buffer();
        VarInt.write(bytes, value);
        VarIntReader reader = new VarIntReader();

        if (firstPiece < bytes.readableBytes()) {
            assertThat(reader.read(bytes.readSlice(firstPiece))).isFalse();
        }
        assertThat(reader.read(bytes)).isTrue();
        assertThat(reader.value()).isEqualTo(value);
    }
}
