package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.DataFrame;
import dev.multipath.codec.FinFrame;
import dev.multipath.codec.Frame;
import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.JoinRequestFrame;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.ResetFrame;
import java.util.List;

/**
 * A client's attempt to make a subflow part of a session: for the first one a constant, for later ones from {@link
 * MultipathSession#offerJoin}.
 *
 * @param pathId the name of the subflow to be
 * @param clientNonce the client's part of the proof; {@code null} where none is asked for
 * @param frames what is to be sent right behind the preface
 */
public record JoinOffer(long pathId, OpaqueBytes clientNonce, List<Frame> frames) {

    /** In the base profile whoever knows the session's name joins. */
    public static final JoinOffer BASE = new JoinOffer(0, null, List.of());

    /** Of a session's first subflow: says that we speak the extended profile. */
    public static final JoinOffer FIRST = new JoinOffer(0, null, List.of(ControlFrame.EXTENDED));

    /**
     * What is said in a session that was asked for, and opened, but is not needed after all: its client's stream is empty, and
     * nobody reads the server's.
     */
    public static final List<Frame> WITHDRAWAL = List.of(
            new HelloFrame(HelloFrame.MINOR_VERSION, 0, WindowLimits.INITIAL_CREDIT_BYTES, 0, 1, null),
            new FinFrame(DataFrame.FIRST_FRAME_NUMBER),
            new ResetFrame(ResetFrame.NO_READER, ""));

    static JoinOffer proven(long pathId, OpaqueBytes clientNonce) {
        return new JoinOffer(
                pathId, clientNonce, List.of(ControlFrame.EXTENDED, new JoinRequestFrame(pathId, clientNonce)));
    }
}
