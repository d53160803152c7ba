package dev.multipath.session;

import dev.multipath.codec.AckFrame;
import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ConnectionId;
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
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathSocketFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.PathSuspectFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.codec.ResetFrame;
import io.netty.buffer.ByteBufAllocator;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Frames that a decoder could have made, with values that are often near the right ones. */
final class HostileFrames {

    /** The largest payload here. */
    static final int MAX_BYTES = 64 << 10;

    private final ProgramReader program;
    private final ByteBufAllocator allocator;
    private final ConnectionId connectionId;
    private OpaqueBytes key = HostileWorld.bytes(HelloFrame.SESSION_KEY_BYTES);
    private OpaqueBytes clientNonce = HostileWorld.bytes(JoinRequestFrame.NONCE_BYTES);
    private OpaqueBytes serverNonce = HostileWorld.bytes(JoinRequestFrame.NONCE_BYTES);
    private long pathId = 1;

    HostileFrames(ProgramReader program, ByteBufAllocator allocator, ConnectionId connectionId) {
        this.program = program;
        this.allocator = allocator;
        this.connectionId = connectionId;
    }

    void key(OpaqueBytes newKey) {
        key = newKey;
    }

    void clientNonce(OpaqueBytes nonce, long newPathId) {
        if (nonce != null) {
            clientNonce = nonce;
            pathId = newPathId;
        }
    }

    void serverNonce(OpaqueBytes nonce) {
        serverNonce = nonce;
    }

    private static Frame path(long pathId, long code) {
        return switch ((int) (code % 8)) {
            case 3, 7 -> new PathSuspectFrame(pathId);
            case 5 -> new PathSocketFrame(pathId);
            default -> new PathCloseFrame(pathId, code, "");
        };
    }

    Frame next(long nextExpected) {
        return switch (program.next() % 25) {
            case 0, 1, 2, 3, 4 -> data(nextExpected);
            case 5 -> new AckFrame(number(DataFrame.FIRST_FRAME_NUMBER));
            case 6, 7 -> acknowledgement();
            case 8, 9, 10 -> ControlFrame.EXTENDED;
            case 11 -> ControlFrame.of(program.next() % 10);
            case 12, 13, 14 -> hello();
            case 15 -> request();
            case 16 -> challenge();
            case 17 -> response();
            case 18 -> new FinFrame(number(nextExpected));
            case 19 -> program.next() % 8 == 0 ? new ResetFrame(program.next() % 6, "hostile") : ControlFrame.PONG;
            case 20 -> new PathStatusFrame(program.next(), program.next() % 8, program.nextBoolean());
            case 21 -> path(program.next() % 8, program.next());
            case 22 ->
                new AddAddressFrame(
                        program.next(),
                        program.next() % 32,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), program.next()));
            case 23 -> new RemoveAddressFrame(program.next(), program.next() % 32);
            default -> new GoingAwayFrame();
        };
    }

    /** Mostly close to what is right, sometimes anywhere. */
    private long number(long near) {
        int choice = program.next();
        if (choice == 0) {
            return (1L << 62) - 1 - program.next();
        }
        return Math.max(DataFrame.FIRST_FRAME_NUMBER, choice < 200 ? near + choice % 4 : near + (choice - 220) * 200L);
    }

    private DataFrame data(long nextExpected) {
        int bytes = 1 + (program.next() << 8 | program.next()) % MAX_BYTES;
        return new DataFrame(number(nextExpected), allocator.buffer(bytes).writeZero(bytes));
    }

    private CumulativeAckFrame acknowledgement() {
        long next = number(DataFrame.FIRST_FRAME_NUMBER + program.next() % 8);
        long[] ranges = new long[next > Integer.MAX_VALUE ? 0 : 2 * (program.next() % 3)];
        long bound = next;
        for (int i = 0; i < ranges.length; i++) {
            bound += 1 + program.next() % 4;
            ranges[i] = bound;
        }
        return new CumulativeAckFrame(
                next, (long) program.next() << 12, ranges, program.next() % 16, (long) program.next() << 8);
    }

    private HelloFrame hello() {
        return new HelloFrame(
                program.next() % 3,
                program.next(),
                (long) program.next() << 12,
                program.next(),
                program.next(),
                program.nextBoolean() ? key : null);
    }

    private JoinRequestFrame request() {
        pathId = 1 + program.next() % 100;
        return new JoinRequestFrame(pathId, clientNonce);
    }

    private JoinProof proof() {
        return new JoinProof(connectionId, pathId, clientNonce, serverNonce);
    }

    private JoinChallengeFrame challenge() {
        return new JoinChallengeFrame(serverNonce, program.nextBoolean() ? proof().server(key) : proof().client(key));
    }

    private JoinResponseFrame response() {
        return new JoinResponseFrame(program.nextBoolean() ? proof().client(key) : proof().server(key));
    }
}
