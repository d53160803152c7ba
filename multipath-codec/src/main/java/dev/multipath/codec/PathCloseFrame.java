package dev.multipath.codec;

/**
 * The sender has given a subflow up; its receiver closes its end too. Type 8, kind 2.
 *
 * @param pathId the subflow's name
 * @param code why: one of this class, or from {@link ResetFrame#FIRST_APPLICATION_CODE} the application's
 * @param reason for people, at most {@link ResetFrame#MAX_REASON_BYTES} in UTF-8, may be empty; as it came, so
 *     {@link PeerText#escape} is due before it is shown
 */
public record PathCloseFrame(long pathId, long code, String reason) implements ExtendedFrame {

    /** The path is not wanted any more, and is not to be dialled again. */
    public static final long REMOVED = 0;

    /** The sender's end of the subflow failed. */
    public static final long FAILED = 1;

    /** Another subflow has taken its place. */
    public static final long REPLACED = 2;

    /**
     * Checks the values.
     *
     * @param pathId 0 to {@link VarInt#MAX_VALUE}
     * @param code 0 to {@link VarInt#MAX_VALUE}
     * @param reason not null, at most {@link ResetFrame#MAX_REASON_BYTES} in UTF-8
     * @throws IllegalArgumentException if a number cannot be encoded, or the reason is too long
     */
    public PathCloseFrame {
        VarInt.requireEncodable(pathId);
        VarInt.requireEncodable(code);
        ResetFrame.requireReason(reason);
    }

    /** With the reason fit to be shown: {@link PeerText#escape}. */
    @Override
    public String toString() {
        return "PathCloseFrame[pathId=" + pathId + ", code=" + code + ", reason=" + PeerText.escape(reason) + "]";
    }
}
