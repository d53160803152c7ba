package dev.multipath.codec;

/** The types of extended frames, by the reserved number that their payload is under. */
enum ExtendedFrameType {
    HELLO,
    ACK,
    JOIN,
    FIN,
    RESET,
    ADDRESS,
    PATH,
    EXTENSION;

    /** Payloads under the numbers below are a violation in either profile. */
    static final int FIRST_NUMBER = 2;

    private static final ExtendedFrameType[] TYPES = values();

    /** The type of a number from {@link #FIRST_NUMBER} to {@link ControlFrame#MAX_NUMBER}; each of those has one. */
    static ExtendedFrameType of(int number) {
        return TYPES[number - FIRST_NUMBER];
    }

    int number() {
        return FIRST_NUMBER + ordinal();
    }
}
