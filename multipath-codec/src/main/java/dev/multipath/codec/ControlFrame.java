package dev.multipath.codec;

/**
 * An acknowledgement of a number that no data frame has, and so a sign of its own. Ping and pong measure the round-trip
 * time of a subflow; the other numbers are reserved: a peer of the base profile ignores them, which is the opening for
 * the extended profile.
 *
 * @param number 0 to {@link #MAX_NUMBER}
 */
public record ControlFrame(int number) implements Frame {
    /** The greatest reserved number; data frames start after it. */
    public static final int MAX_NUMBER = (int) DataFrame.FIRST_FRAME_NUMBER - 1;

    /** Asks the peer for a {@link #PONG} on the same subflow. */
    public static final ControlFrame PING = new ControlFrame(0);

    /** Answers a {@link #PING}. */
    public static final ControlFrame PONG = new ControlFrame(1);

    /** "I speak the extended profile": the first frame of a subflow whose sender does. */
    public static final ControlFrame EXTENDED = new ControlFrame(2);

    private static final ControlFrame[] FRAMES = new ControlFrame[MAX_NUMBER + 1];

    static {
        FRAMES[0] = PING;
        FRAMES[1] = PONG;
        FRAMES[2] = EXTENDED;
        for (int number = 3; number <= MAX_NUMBER; number++) {
            FRAMES[number] = new ControlFrame(number);
        }
    }

    /**
     * Checks the number.
     *
     * @param number 0 to {@link #MAX_NUMBER}
     * @throws IllegalArgumentException if it is not a control frame's
     */
    public ControlFrame {
        requireNumber(number);
    }

    /**
     * The frame of a number, always the same instance.
     *
     * @param number 0 to {@link #MAX_NUMBER}
     * @return the frame
     * @throws IllegalArgumentException if the number is not a control frame's
     */
    public static ControlFrame of(int number) {
        requireNumber(number);
        return FRAMES[number];
    }

    /**
     * Whether the peer asks for a {@link #PONG}.
     *
     * @return true for number 0
     */
    public boolean isPing() {
        return number == PING.number;
    }

    /**
     * Whether the peer answers a {@link #PING}.
     *
     * @return true for number 1
     */
    public boolean isPong() {
        return number == PONG.number;
    }

    /**
     * Whether the peer speaks the extended profile.
     *
     * @return true for number 2
     */
    public boolean isExtended() {
        return number == EXTENDED.number;
    }

    private static void requireNumber(int number) {
        if (number < 0 || number > MAX_NUMBER) {
            throw new IllegalArgumentException("control frame number " + number + " is not in 0.." + MAX_NUMBER);
        }
    }
}
