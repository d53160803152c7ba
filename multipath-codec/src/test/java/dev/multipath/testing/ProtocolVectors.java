package dev.multipath.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The test vectors of docs/PROTOCOL.md, which are in {@code protocol-vectors.txt}; its first lines explain it. Byte arrays
 * in here are not copied and not to be changed.
 *
 * @param frames bytes of a subflow, and what they mean
 * @param joins  proofs of joins
 */
public record ProtocolVectors(List<FrameVector> frames, List<JoinVector> joins) {
    private static final String RESOURCE = "/protocol-vectors.txt";

    /** What has come on the subflow before a vector's bytes. */
    public enum Context {
        /** Nothing. */
        SUBFLOW,
        /** A preface. */
        BASE,
        /** A preface and the peer's switch to the extended profile. */
        EXTENDED
    }

    /** What becomes of a vector's bytes. */
    public enum Outcome {
        /** They are the one encoding of the messages. */
        CANONICAL,
        /** They are decoded as the messages, and an encoder would not write them. */
        DECODED,
        /** They are a violation. */
        REFUSED
    }

    /**
     * Bytes of a subflow.
     *
     * @param name            says what is tried; no two vectors have the same
     * @param context         what comes before
     * @param bytes           the last bytes before the subflow is closed
     * @param outcome         what becomes of them
     * @param messages        what they mean; empty if refused
     * @param exception       the simple name of the exception if refused, else null
     * @param exceptionOffset where the wrong bytes are, counted from the vector's first; 0 if not refused
     */
    public record FrameVector(
            String name,
            Context context,
            byte[] bytes,
            Outcome outcome,
            List<Message> messages,
            String exception,
            long exceptionOffset) {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * A message in words.
     *
     * @param type   what it is
     * @param fields its fields' values, by name
     */
    public record Message(String type, Map<String, String> fields) {}

    /**
     * The proofs of one join.
     *
     * @param name        says what is tried; no two vectors have the same
     * @param sessionKey  32 bytes
     * @param cid         the connection ID, 16 bytes
     * @param pathId      the client's name for the subflow
     * @param clientNonce 16 bytes
     * @param serverNonce 16 bytes
     * @param serverMac   what the server proves itself with, 32 bytes
     * @param clientMac   what the client proves itself with, 32 bytes
     */
    public record JoinVector(
            String name,
            byte[] sessionKey,
            byte[] cid,
            long pathId,
            byte[] clientNonce,
            byte[] serverNonce,
            byte[] serverMac,
            byte[] clientMac) {
        @Override
        public String toString() {
            return name;
        }
    }

    /**
     * Reads the file.
     *
     * @return all its vectors, at least one of each kind
     * @throws IllegalArgumentException if a line is not as the file says, or a name comes twice
     */
    public static ProtocolVectors read() {
        try (InputStream in = ProtocolVectors.class.getResourceAsStream(RESOURCE)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ProtocolVectors parse(List<String> lines) {
        Map<String, FrameVector> frames = new LinkedHashMap<>();
        Map<String, JoinVector> joins = new LinkedHashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                try {
                    parse(line.split("\\|", -1), frames, joins);
                } catch (RuntimeException e) {
                    throw new IllegalArgumentException("line " + (i + 1) + ": " + line, e);
                }
            }
        }
        require(!frames.isEmpty() && !joins.isEmpty(), "there are no vectors");
        return new ProtocolVectors(List.copyOf(frames.values()), List.copyOf(joins.values()));
    }

    /**
     * The bytes of a field or column.
     *
     * @param text hexadecimal bytes, with blanks between them; {@code HEX*N} for N times {@code HEX}
     * @return the bytes
     * @throws IllegalArgumentException if the text is something else
     */
    public static byte[] bytes(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String token : text.strip().split(" +")) {
            int star = token.indexOf('*');
            byte[] part = HexFormat.of().parseHex(star < 0 ? token : token.substring(0, star));
            int times = star < 0 ? 1 : Integer.parseUnsignedInt(token.substring(star + 1));
            for (int i = 0; i < times; i++) {
                bytes.writeBytes(part);
            }
        }
        return bytes.toByteArray();
    }

    private static void parse(String[] columns, Map<String, FrameVector> frames, Map<String, JoinVector> joins) {
        String name = columns[1].strip();
        Object previous =
                switch (columns[0].strip()) {
                    case "frame" -> {
                        requireColumns(columns, 5);
                        yield frames.put(name, frameVector(name, columns));
                    }
                    case "join" -> {
                        requireColumns(columns, 3);
                        yield joins.put(name, joinVector(name, columns[2]));
                    }
                    default -> throw new IllegalArgumentException("neither a frame nor a join");
                };
        require(!name.isEmpty() && previous == null, "no name, or not the first of its name");
    }

    private static FrameVector frameVector(String name, String[] columns) {
        Context context = Context.valueOf(columns[2].strip().toUpperCase(Locale.ROOT));
        byte[] bytes = bytes(columns[3]);
        String result = columns[4].strip();
        String rest = result.substring(1).strip();
        return switch (result.charAt(0)) {
            case '=' -> new FrameVector(name, context, bytes, Outcome.CANONICAL, messages(rest), null, 0);
            case '>' -> new FrameVector(name, context, bytes, Outcome.DECODED, messages(rest), null, 0);
            case '!' -> {
                String[] exception = rest.split(" +");
                require(exception.length == 2, "an exception has a name and an offset");
                long offset = Long.parseUnsignedLong(exception[1]);
                yield new FrameVector(name, context, bytes, Outcome.REFUSED, List.of(), exception[0], offset);
            }
            default -> throw new IllegalArgumentException("a result begins with =, > or !");
        };
    }

    private static JoinVector joinVector(String name, String column) {
        Map<String, String> fields = fields(column.strip().split(" +"));
        require(fields.size() == 7, "a join has seven fields");
        return new JoinVector(
                name,
                bytes(fields.get("key")),
                bytes(fields.get("cid")),
                Long.parseUnsignedLong(fields.get("path")),
                bytes(fields.get("cn")),
                bytes(fields.get("sn")),
                bytes(fields.get("mac_s")),
                bytes(fields.get("mac_c")));
    }

    private static List<Message> messages(String text) {
        List<Message> messages = new ArrayList<>();
        if (!text.isEmpty()) {
            for (String message : text.split(";", -1)) {
                String[] words = message.strip().split(" +");
                messages.add(new Message(words[0], fields(Arrays.copyOfRange(words, 1, words.length))));
            }
        }
        return messages;
    }

    private static Map<String, String> fields(String[] words) {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            require(equals > 0, "a field has a name");
            String previous = fields.put(word.substring(0, equals), word.substring(equals + 1));
            require(previous == null, "a field comes once");
        }
        return fields;
    }

    private static void requireColumns(String[] columns, int count) {
        require(columns.length == count, "not " + count + " columns");
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
