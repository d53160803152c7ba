package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.DataFrame;
import dev.multipath.testing.Requirement;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is sent again is what was sent, byte for byte, under the same number: {@code docs/PROTOCOL.md} 2.2. */
class SessionRepetitionTest {

    private static final int BYTES = 60_000;

    @Requirement("BASE-9")
    @Test
    void shouldRepeatEachFrameUnderItsNumberInTheBaseProfile() {
        try (SessionFixture fixture = new SessionFixture()) {
            Subflow first = fixture.subflow(10);
            Subflow second = fixture.subflow(50);
            assertThatTheSecondRepeatsTheFirst(fixture, first, second);
        }
    }

    @Requirement("BASE-9")
    @Test
    void shouldRepeatEachFrameUnderItsNumberInTheExtendedProfile() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(50);
            assertThatTheSecondRepeatsTheFirst(fixture, first, second);
        }
    }

    private static void assertThatTheSecondRepeatsTheFirst(VirtualSession fixture, Subflow first, Subflow second) {
        byte[] bytes = new byte[BYTES];
        new Random(5).nextBytes(bytes);
        fixture.session.send(Unpooled.wrappedBuffer(bytes));
        Map<Long, String> sent = transmitOn(fixture, first);
        assertThat(sent.size()).isGreaterThan(1);
        assertThat(String.join("", sent.values())).isEqualTo(ByteBufUtil.hexDump(bytes));

        fixture.session.onSubflowFailed(first, null, fixture.nowNanos());

        assertThat(transmitOn(fixture, second)).isEqualTo(sent);
    }

    /** The payloads that leave on a subflow now, by number. */
    private static Map<Long, String> transmitOn(VirtualSession fixture, Subflow wanted) {
        Map<Long, String> payloads = new TreeMap<>();
        fixture.session.transmit(fixture.nowNanos(), (subflow, frame) -> {
            if (frame instanceof DataFrame data) {
                assertThat(subflow).isSameAs(wanted);
                payloads.put(data.frameNumber(), ByteBufUtil.hexDump(data.payload()));
                data.release();
            }
            return true;
        });
        return payloads;
    }
}
