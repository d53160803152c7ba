package dev.multipath.session.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.GoingAwayFrame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.JoinResponseFrame;
import dev.multipath.codec.MultipathFrameEncoder;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the simulator takes for a frame's size is what the encoder makes of it. */
class WireSizeTest {

    private static final OpaqueBytes NONCE = OpaqueBytes.of(new byte[JoinRequestFrame.NONCE_BYTES]);
    private static final OpaqueBytes MAC = OpaqueBytes.of(new byte[JoinRequestFrame.MAC_BYTES]);

    static Stream<Frame> frames() {
        return Stream.of(
                new DataFrame(70, Unpooled.buffer(100).writeZero(100)),
                new AckFrame(70_000),
                ControlFrame.PING,
                new HelloFrame(0, 3, 1 << 20, 60_000, 16, null),
                new HelloFrame(0, 3, 100, 0, 16, OpaqueBytes.of(new byte[HelloFrame.SESSION_KEY_BYTES])),
                new CumulativeAckFrame(10, 1 << 20, 5, 2000),
                new CumulativeAckFrame(100, 1 << 20, new long[] {110, 111, 300, 4000}, 5, 2000),
                new FinFrame(80),
                new ResetFrame(300, "because \u00e4"),
                new JoinRequestFrame(3, NONCE),
                new JoinChallengeFrame(NONCE, MAC),
                new JoinResponseFrame(MAC),
                new AddAddressFrame(1, 2, new InetSocketAddress("127.0.0.1", 80)),
                new AddAddressFrame(100, 2, new InetSocketAddress("::1", 80)),
                new RemoveAddressFrame(1, 2),
                new GoingAwayFrame(),
                new PathStatusFrame(64, 2, true),
                new PathSuspectFrame(64),
                new PathSocketFrame(64),
                new PathCloseFrame(1, 2, "why"));
    }

    @ParameterizedTest
    @MethodSource("frames")
    void shouldBeThatOfTheEncodedFrame(Frame frame) {
        int size = WireSize.of(frame);
        EmbeddedChannel channel = new EmbeddedChannel(new MultipathFrameEncoder());
        channel.writeOutbound(frame);
        int encoded = 0;
        ByteBuf bytes;
        while ((bytes = channel.readOutbound()) != null) {
            encoded += bytes.readableBytes();
            bytes.release();
        }
        channel.finish();

        assertThat(size).isEqualTo(encoded);
    }
}
