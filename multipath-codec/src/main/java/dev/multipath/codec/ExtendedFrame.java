package dev.multipath.codec;

/**
 * A frame of the extended profile: a payload under one of the numbers that the base profile reserves, which says its
 * type. Only sent to a peer that has sent {@link ControlFrame#EXTENDED} on the same subflow. Byte by byte in
 * docs/PROTOCOL.md.
 */
public sealed interface ExtendedFrame extends Frame
        permits HelloFrame,
                CumulativeAckFrame,
                JoinRequestFrame,
                JoinChallengeFrame,
                JoinResponseFrame,
                FinFrame,
                ResetFrame,
                AddAddressFrame,
                RemoveAddressFrame,
                PathStatusFrame,
                PathCloseFrame,
                PathSuspectFrame,
                PathSocketFrame,
                GoingAwayFrame {

    /** The largest payload of an extended frame; a larger one is a violation. */
    int MAX_PAYLOAD_BYTES = 4096;
}
