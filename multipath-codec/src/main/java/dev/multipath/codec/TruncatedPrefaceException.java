package dev.multipath.codec;

/** The peer ended the subflow inside its preface. */
public final class TruncatedPrefaceException extends MultipathProtocolException {
    /**
     * Says how much of the preface came.
     *
     * @param receivedBytes 1 to 16 bytes
     */
    public TruncatedPrefaceException(long receivedBytes) {
        super(
                "subflow ended after " + receivedBytes + " of the " + Preface.LENGTH + " bytes of a preface",
                receivedBytes);
    }
}
