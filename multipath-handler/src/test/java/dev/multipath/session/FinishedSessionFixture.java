package dev.multipath.session;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.CumulativeAckFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.ResetFrame;
import java.time.Duration;
import java.util.Random;

/** Makes what is left of a session, for tests of other packages. */
public final class FinishedSessionFixture {

    private FinishedSessionFixture() {}

    /** Of a server's that was empty. */
    public static FinishedSession of(ConnectionId connectionId) {
        JoinProtocol joins = new JoinProtocol(SessionRole.SERVER, connectionId, new Random(1));
        joins.drawKey();
        return new FinishedSession(
                connectionId,
                joins,
                ExtendedFixture.hello(ExtendedFixture.WINDOW_BYTES, 60_000, null),
                new CumulativeAckFrame(DataFrame.FIRST_FRAME_NUMBER + 1, ExtendedFixture.WINDOW_BYTES, 0, 0),
                new ResetFrame(ResetFrame.FINISHED, ""),
                Duration.ofMinutes(1));
    }
}
