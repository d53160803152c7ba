package dev.multipath.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.testing.ProtocolVectors.Context;
import dev.multipath.testing.ProtocolVectors.FrameVector;
import dev.multipath.testing.ProtocolVectors.JoinVector;
import dev.multipath.testing.ProtocolVectors.Message;
import dev.multipath.testing.ProtocolVectors.Outcome;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolVectorsTest {
    private static final String FRAME = "frame | a | base | 00 00*2 ff01*2 | > ACK number=10 ; RESET code=1 reason=";
    private static final String JOIN = "join | b | key=01 cid=02 path=3 cn=04 sn=05 mac_s=06 mac_c=07";

    private static final List<JoinVector> JOINS = ProtocolVectors.read().joins();

    @Test
    void shouldReadWhatTheLinesSay() {
        ProtocolVectors vectors = ProtocolVectors.parse(List.of("# comment", "", FRAME, JOIN));

        FrameVector frame = vectors.frames().get(0);
        assertThat(frame.name()).isEqualTo("a");
        assertThat(frame.context()).isEqualTo(Context.BASE);
        assertThat(frame.bytes()).containsExactly(0, 0, 0, 0xff, 1, 0xff, 1);
        assertThat(frame.outcome()).isEqualTo(Outcome.DECODED);
        assertThat(frame.messages())
                .containsExactly(
                        new Message("ACK", Map.of("number", "10")),
                        new Message("RESET", Map.of("code", "1", "reason", "")));
        JoinVector join = vectors.joins().get(0);
        assertThat(join.sessionKey()).containsExactly(1);
        assertThat(join.pathId()).isEqualTo(3);
        assertThat(join.clientMac()).containsExactly(7);
    }

    @Test
    void shouldReadViolationsAndCanonicalFrames() {
        ProtocolVectors vectors = ProtocolVectors.parse(
                List.of("frame|a|subflow||! SomeException 3", "frame|b|extended|00|= CONTROL number=0", JOIN));

        assertThat(vectors.frames())
                .extracting(FrameVector::outcome)
                .containsExactly(Outcome.REFUSED, Outcome.CANONICAL);
        assertThat(vectors.frames().get(0).bytes()).isEmpty();
        assertThat(vectors.frames().get(0).exception()).isEqualTo("SomeException");
        assertThat(vectors.frames().get(0).exceptionOffset()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "frame",
                "frame | a | base | 00",
                "frame | a | base | 00 | = ACK number=10 | more",
                "frame |  | base | 00 | = ACK number=10",
                "frame | a | elsewhere | 00 | = ACK number=10",
                "frame | a | base | 0 | = ACK number=10",
                "frame | a | base | 0g | = ACK number=10",
                "frame | a | base | 00*x | = ACK number=10",
                "frame | a | base | 00 |",
                "frame | a | base | 00 | ACK number=10",
                "frame | a | base | 00 | = ACK 10",
                "frame | a | base | 00 | = ACK number=10 number=10",
                "frame | a | base | 00 | ! SomeException",
                "frame | a | base | 00 | ! SomeException x",
                "join | a | key=01 cid=02 path=3 cn=04 sn=05 mac_s=06",
                "join | a | key=01 cid=02 path=3 cn=04 sn=05 mac_s=06 mac_x=07",
                "join | a | key=01 cid=02 path=x cn=04 sn=05 mac_s=06 mac_c=07",
                "other | a | base | 00 | = ACK number=10",
                FRAME,
                JOIN
            })
    void shouldRefuseALineThatIsNotAVectorOrNotTheFirstOfItsName(String line) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ProtocolVectors.parse(List.of(FRAME, JOIN, line)))
                .withMessage("line 3: " + line);
    }

    @Test
    void shouldRefuseAFileWithoutVectors() {
        assertThatIllegalArgumentException().isThrownBy(() -> ProtocolVectors.parse(List.of("# nothing")));
        assertThatIllegalArgumentException().isThrownBy(() -> ProtocolVectors.parse(List.of(FRAME)));
        assertThatIllegalArgumentException().isThrownBy(() -> ProtocolVectors.parse(List.of(JOIN)));
    }

    @ParameterizedTest
    @FieldSource("JOINS")
    void shouldHaveTheProofsOfTheJdk(JoinVector join) throws GeneralSecurityException {
        assertThat(mac(join, 0x53)).isEqualTo(join.serverMac());
        assertThat(mac(join, 0x43)).isEqualTo(join.clientMac());
    }

    private static byte[] mac(JoinVector join, int label) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(join.sessionKey(), mac.getAlgorithm()));
        mac.update((byte) label);
        mac.update(join.cid());
        mac.update(ByteBuffer.allocate(Long.BYTES).putLong(0, join.pathId()));
        mac.update(join.clientNonce());
        mac.update(join.serverNonce());
        return mac.doFinal();
    }
}
