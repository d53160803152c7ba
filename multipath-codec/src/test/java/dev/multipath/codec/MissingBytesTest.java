package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How much is to be read for the payload to come in one piece. */
class MissingBytesTest {

    private static final int PAYLOAD_BYTES = 100;
    private static final int HEADER_BYTES = 3;
    private static final int FRAME_BYTES = HEADER_BYTES + PAYLOAD_BYTES;

    private final MultipathFrameDecoder decoder = new MultipathFrameDecoder();
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);

    @AfterEach
    void tearDown() {
        channel.finishAndReleaseAll();
    }

    private static ByteBuf frame(int payloadBytes) {
        ByteBuf bytes = Unpooled.buffer();
        VarInt.write(bytes, payloadBytes);
        VarInt.write(bytes, DataFrame.FIRST_FRAME_NUMBER);
        return bytes.writeZero(payloadBytes);
    }

    private void receive(ByteBuf bytes) {
        channel.writeInbound(bytes);
    }

    private void receiveTwoFrames() {
        receive(Unpooled.buffer().writeZero(Preface.LENGTH));
        receive(frame(PAYLOAD_BYTES));
        assertThat(decoder.missingBytes(1)).isZero();
        receive(frame(PAYLOAD_BYTES));
    }

    @Test
    void shouldExpectAThirdFrameLikeTheTwoBefore() {
        receiveTwoFrames();

        assertThat(decoder.missingBytes(1)).isEqualTo(FRAME_BYTES);
        assertThat(decoder.missingBytes(FRAME_BYTES)).isEqualTo(FRAME_BYTES);
        assertThat(decoder.missingBytes(FRAME_BYTES + 1)).isZero();
        assertThat(decoder.receivedBytes()).isEqualTo(Preface.LENGTH + 2 * FRAME_BYTES);
    }

    @Test
    void shouldTellTheRestOfAFrame() {
        receiveTwoFrames();
        ByteBuf frame = frame(PAYLOAD_BYTES);

        receive(frame.readRetainedSlice(1));
        assertThat(decoder.missingBytes(1)).isZero();
        receive(frame.readRetainedSlice(1));
        assertThat(decoder.missingBytes(1)).isZero();
        receive(frame.readRetainedSlice(HEADER_BYTES - 2 + 30));
        assertThat(decoder.missingBytes(1)).isEqualTo(PAYLOAD_BYTES - 30);
        receive(frame);
        assertThat(decoder.missingBytes(1)).isEqualTo(FRAME_BYTES);
    }

    @Test
    void shouldNotGuessBehindAFrameOfAnotherSize() {
        receiveTwoFrames();

        receive(frame(PAYLOAD_BYTES + 1));

        assertThat(decoder.missingBytes(1)).isZero();
    }
}
