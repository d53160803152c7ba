package dev.multipath.codec;

import dev.multipath.testing.ProtocolVectors;
import io.netty.buffer.Unpooled;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Makes a message of its description in a test vector. */
final class VectorMessage {
    private final String type;
    private final Map<String, String> unread;

    private VectorMessage(ProtocolVectors.Message message) {
        type = message.type();
        unread = new HashMap<>(message.fields());
    }

    /**
     * The message.
     *
     * @throws IllegalArgumentException if it is of no known type, or its fields are not that type's
     */
    static MultipathMessage of(ProtocolVectors.Message description) {
        VectorMessage fields = new VectorMessage(description);
        MultipathMessage message = fields.message();
        if (!fields.unread.isEmpty()) {
            throw new IllegalArgumentException("no fields of " + fields.type + ": " + fields.unread);
        }
        return message;
    }

    private MultipathMessage message() {
        return switch (type) {
            case "PREFACE" -> new Preface((int) number("version"), connectionId());
            case "DATA" -> new DataFrame(number("number"), Unpooled.wrappedBuffer(bytes("payload")));
            case "ACK" -> new AckFrame(number("number"));
            case "CONTROL" -> ControlFrame.of((int) number("number"));
            case "HELLO" ->
                new HelloFrame(
                        number("minor"),
                        number("features"),
                        number("max_data"),
                        number("resumption_ms"),
                        number("max_subflows"),
                        key());
            case "CUMULATIVE_ACK" ->
                new CumulativeAckFrame(
                        number("next"), number("max_data"), ranges(), number("subflow_frames"), number("delay_us"));
            case "JOIN_REQUEST" -> new JoinRequestFrame(number("path"), opaque("nonce"));
            case "JOIN_CHALLENGE" -> new JoinChallengeFrame(opaque("nonce"), opaque("mac"));
            case "JOIN_RESPONSE" -> new JoinResponseFrame(opaque("mac"));
            case "FIN" -> new FinFrame(number("number"));
            case "RESET" -> new ResetFrame(number("code"), reason());
            case "ADD_ADDRESS" -> new AddAddressFrame(number("sequence"), number("id"), socketAddress());
            case "REMOVE_ADDRESS" -> new RemoveAddressFrame(number("sequence"), number("id"));
            case "PATH_STATUS" -> new PathStatusFrame(number("sequence"), number("path"), backup());
            case "PATH_SUSPECT" -> new PathSuspectFrame(number("path"));
            case "PATH_SOCKET" -> new PathSocketFrame(number("group"));
            case "PATH_CLOSE" -> new PathCloseFrame(number("path"), number("code"), reason());
            case "GOING_AWAY" -> new GoingAwayFrame();
            default -> throw new IllegalArgumentException("unknown type " + type);
        };
    }

    private String text(String field) {
        String text = unread.remove(field);
        if (text == null) {
            throw new IllegalArgumentException(type + " without " + field);
        }
        return text;
    }

    private long number(String field) {
        return Long.parseLong(text(field));
    }

    private byte[] bytes(String field) {
        return ProtocolVectors.bytes(text(field));
    }

    private OpaqueBytes opaque(String field) {
        return OpaqueBytes.of(bytes(field));
    }

    private ConnectionId connectionId() {
        return ConnectionId.read(Unpooled.wrappedBuffer(bytes("cid")));
    }

    private OpaqueBytes key() {
        OpaqueBytes key = opaque("key");
        return key.length() == 0 ? null : key;
    }

    private String reason() {
        return new String(bytes("reason"), StandardCharsets.UTF_8);
    }

    private long[] ranges() {
        String ranges = text("ranges");
        return ranges.isEmpty()
                ? new long[0]
                : Arrays.stream(ranges.split(","))
                        .map(range -> range.split("\\.\\."))
                        .flatMapToLong(range ->
                                Arrays.stream(new long[] {Long.parseLong(range[0]), Long.parseLong(range[1]) + 1}))
                        .toArray();
    }

    private InetSocketAddress socketAddress() {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(text("address"));
        try {
            return new InetSocketAddress(InetAddress.getByAddress(address), (int) number("port"));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private boolean backup() {
        String status = text("status");
        return switch (status) {
            case "available" -> false;
            case "backup" -> true;
            default -> throw new IllegalArgumentException("status " + status);
        };
    }
}
