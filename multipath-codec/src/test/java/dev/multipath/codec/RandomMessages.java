package dev.multipath.codec;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Draws what one end of a subflow may send. */
final class RandomMessages {
    private static final int MAX_FRAMES = 12;
    private static final int EXTENDED_KINDS = 14;
    private static final int[] PAYLOAD_BYTES = {1, 2, 63, 64, 1023, 1024, 1400, 4095, 4096, 4097, 16_384, 70_000};

    private final Random random;

    RandomMessages(Random random) {
        this.random = random;
    }

    /** A preface, and frames of the base profile, or of either behind the switch. */
    List<MultipathMessage> ofASubflow() {
        List<MultipathMessage> messages = new ArrayList<>();
        messages.add(new Preface(new ConnectionId(random.nextLong(), random.nextLong())));
        boolean extended = random.nextBoolean();
        if (extended) {
            messages.add(ControlFrame.EXTENDED);
        }
        for (int frames = random.nextInt(MAX_FRAMES); frames > 0; frames--) {
            messages.add(extended && random.nextBoolean() ? extendedFrame() : baseFrame());
        }
        return messages;
    }

    Frame baseFrame() {
        return switch (random.nextInt(3)) {
            case 0 -> ControlFrame.of(random.nextInt(ControlFrame.MAX_NUMBER + 1));
            case 1 -> new AckFrame(frameNumber());
            default -> new DataFrame(frameNumber(), payload(PAYLOAD_BYTES[random.nextInt(PAYLOAD_BYTES.length)]));
        };
    }

    ExtendedFrame extendedFrame() {
        return switch (random.nextInt(EXTENDED_KINDS)) {
            case 0 -> new HelloFrame(number(), number(), number(), number(), number(), key());
            case 1 -> new CumulativeAckFrame(frameNumber(), number(), number(), number());
            case 2 -> ackWithRanges();
            case 3 -> new JoinRequestFrame(Math.max(1, number()), opaque(JoinRequestFrame.NONCE_BYTES));
            case 4 -> new JoinChallengeFrame(opaque(JoinRequestFrame.NONCE_BYTES), opaque(JoinRequestFrame.MAC_BYTES));
            case 5 -> new JoinResponseFrame(opaque(JoinRequestFrame.MAC_BYTES));
            case 6 -> new FinFrame(frameNumber());
            case 7 -> new ResetFrame(number(), reason());
            case 8 ->
                random.nextBoolean()
                        ? new AddAddressFrame(number(), number(), address())
                        : new RemoveAddressFrame(number(), number());
            case 9 -> new PathStatusFrame(number(), number(), random.nextBoolean());
            case 10 -> new PathSuspectFrame(number());
            case 11 -> new GoingAwayFrame();
            case 12 -> new PathSocketFrame(number());
            default -> new PathCloseFrame(number(), number(), reason());
        };
    }

    ByteBuf payload(int length) {
        return Bytes.random(random.nextLong(), length);
    }

    private CumulativeAckFrame ackWithRanges() {
        long[] bounds = new long[2 * (1 + random.nextInt(CumulativeAckFrame.MAX_RANGES))];
        long nextExpected = Math.min(frameNumber(), VarInt.MAX_VALUE - bounds.length);
        long maxStep = (VarInt.MAX_VALUE - nextExpected) / bounds.length;
        long bound = nextExpected;
        for (int i = 0; i < bounds.length; i++) {
            bound += 1 + number() % maxStep;
            bounds[i] = bound;
        }
        return new CumulativeAckFrame(nextExpected, number(), bounds, number(), number());
    }

    private long frameNumber() {
        return Math.max(DataFrame.FIRST_FRAME_NUMBER, number());
    }

    /** Of every length on the wire alike. */
    private long number() {
        return (random.nextLong() & VarInt.MAX_VALUE) >>> random.nextInt(62);
    }

    private OpaqueBytes key() {
        return random.nextBoolean() ? opaque(HelloFrame.SESSION_KEY_BYTES) : null;
    }

    private OpaqueBytes opaque(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return OpaqueBytes.of(bytes);
    }

    /** Characters of 1 to 4 bytes alike. */
    private String reason() {
        StringBuilder reason = new StringBuilder();
        for (int characters = random.nextInt(ResetFrame.MAX_REASON_BYTES / 4 + 1); characters > 0; characters--) {
            reason.appendCodePoint(
                    switch (random.nextInt(4)) {
                        case 0 -> random.nextInt(0x80);
                        case 1 -> random.nextInt(0x80, 0x800);
                        case 2 -> random.nextInt(0x800, Character.MIN_SURROGATE);
                        default -> random.nextInt(Character.MIN_SUPPLEMENTARY_CODE_POINT, Character.MAX_CODE_POINT + 1);
                    });
        }
        return reason.toString();
    }

    private InetSocketAddress address() {
        byte[] address = new byte[random.nextBoolean() ? 4 : 16];
        random.nextBytes(address);
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), random.nextInt(1 << Short.SIZE));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
