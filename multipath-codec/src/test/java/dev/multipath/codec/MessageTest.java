package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class MessageTest {
    private static final UUID ID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");

    @Test
    void shouldWriteAConnectionIdAsTheBytesOfItsUuid() {
        ConnectionId connectionId = ConnectionId.of(ID);
        ByteBuf bytes = Unpooled.buffer();
        connectionId.write(bytes);

        assertThat(ByteBufUtil.hexDump(bytes)).isEqualTo("00112233445566778899aabbccddeeff");
        assertThat(connectionId).hasToString("00112233445566778899aabbccddeeff");
        assertThat(ConnectionId.read(bytes)).isEqualTo(connectionId);
    }

    @Test
    void shouldTellTheZeroConnectionIdFromOthers() {
        assertThat(ConnectionId.ZERO.isZero()).isTrue();
        assertThat(new ConnectionId(1, 0).isZero()).isFalse();
        assertThat(new ConnectionId(0, 1).isZero()).isFalse();
    }

    @Test
    void shouldRefuseAPrefaceThatHasNoBytes() {
        assertThat(new Preface(ConnectionId.ZERO).version()).isZero();
        assertThatIllegalArgumentException().isThrownBy(() -> new Preface(-1, ConnectionId.ZERO));
        assertThatIllegalArgumentException().isThrownBy(() -> new Preface(256, ConnectionId.ZERO));
        assertThatNullPointerException().isThrownBy(() -> new Preface(0, null));
    }

    @Test
    void shouldRefuseANumberOfAnotherKindOfFrame() {
        assertThatIllegalArgumentException().isThrownBy(() -> new AckFrame(9)).withMessageContaining("9");
        assertThatIllegalArgumentException().isThrownBy(() -> new AckFrame(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> new DataFrame(9, Bytes.hex("00")));
        assertThatIllegalArgumentException().isThrownBy(() -> new ControlFrame(10));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlFrame.of(10));
        assertThatIllegalArgumentException().isThrownBy(() -> ControlFrame.of(-1));
        assertThatExceptionOfType(VarIntRangeException.class).isThrownBy(() -> new AckFrame(VarInt.MAX_VALUE + 1));
    }

    @Test
    void shouldRefuseAPayloadThatPeersDoNotAccept() {
        assertThatIllegalArgumentException().isThrownBy(() -> new DataFrame(10, Unpooled.EMPTY_BUFFER));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new DataFrame(10, Bytes.random(1, DataFrame.MAX_PAYLOAD_BYTES + 1)))
                .withMessageContaining("1048577");
        assertThat(new DataFrame(10, Bytes.random(1, DataFrame.MAX_PAYLOAD_BYTES)).frameNumber())
                .isEqualTo(10);
    }

    @Test
    void shouldShareTheReferenceCountOfItsPayload() {
        ByteBuf payload = ByteBufAllocator.DEFAULT.buffer().writeByte(1);
        DataFrame frame = new DataFrame(10, payload);

        assertThat(frame.retain().retain(2).touch().touch("here").refCnt()).isEqualTo(4);
        assertThat(frame.release(2)).isFalse();
        assertThat(frame.release()).isFalse();
        assertThat(payload.refCnt()).isEqualTo(1);
        assertThat(frame.release()).isTrue();
        assertThat(frame.refCnt()).isZero();
    }

    @Test
    void shouldKeepOneInstanceOfEachControlFrame() {
        for (int number = 0; number <= ControlFrame.MAX_NUMBER; number++) {
            ControlFrame frame = ControlFrame.of(number);

            assertThat(frame).isSameAs(ControlFrame.of(number)).isEqualTo(new ControlFrame(number));
            assertThat(frame.isPing()).isEqualTo(number == 0);
            assertThat(frame.isPong()).isEqualTo(number == 1);
        }
        assertThat(ControlFrame.PING).isSameAs(ControlFrame.of(0));
        assertThat(ControlFrame.PONG).isSameAs(ControlFrame.of(1));
    }

    @Test
    void shouldNameBothConnectionIdsWhenTheyDiffer() {
        UnexpectedCidException e = new UnexpectedCidException(ConnectionId.ZERO, ConnectionId.of(ID));

        assertThat(e.expected()).isEqualTo(ConnectionId.ZERO);
        assertThat(e.actual()).isEqualTo(ConnectionId.of(ID));
        assertThat(e)
                .hasMessage("unexpected connection ID 00112233445566778899aabbccddeeff"
                        + " instead of 00000000000000000000000000000000, at byte 1 of the subflow");
    }
}
