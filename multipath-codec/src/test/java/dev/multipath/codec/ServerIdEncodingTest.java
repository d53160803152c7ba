package dev.multipath.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.multipath.testing.Requirement;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ServerIdEncodingTest {

    /** Of the table in section 10. */
    private static final Pattern VECTOR = Pattern.compile(
            "\\| `([0-9a-f]{2,8})` \\| (?:none|`([0-9a-f]+)`) \\| `([0-9a-f]{32})` \\| `([0-9a-f]{32})` \\|");

    private static final OpaqueBytes KEY = OpaqueBytes.of(new byte[ServerIdEncoding.MIN_KEY_BYTES]);

    @Requirement({"NAME-1", "NAME-2"})
    @Test
    void shouldMakeTheNamesThatTheDocumentHas() throws IOException {
        List<MatchResult> vectors = VECTOR.matcher(Files.readString(Path.of("../docs/PROTOCOL.md")))
                .results()
                .toList();
        assertThat(vectors).hasSize(9);
        for (MatchResult vector : vectors) {
            ServerId serverId = ServerId.parse(vector.group(1));
            ServerIdEncoding encoding = vector.group(2) == null
                    ? ServerIdEncoding.PLAIN
                    : ServerIdEncoding.masked(OpaqueBytes.of(HexFormat.of().parseHex(vector.group(2))));

            ConnectionId name = encoding.write(serverId, connectionId(vector.group(3)));

            assertThat(name).as(vector.group()).hasToString(vector.group(4));
            assertThat(encoding.read(name, serverId.lengthBytes())).isEqualTo(serverId);
        }
    }

    private static ConnectionId connectionId(String hex) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
        return new ConnectionId(bytes.getLong(), bytes.getLong());
    }

    @Requirement({"NAME-1", "NAME-2"})
    @Property
    void shouldReadWhatItWroteAndLeaveTheRest(
            @ForAll int number,
            @ForAll @IntRange(min = 1, max = ServerId.MAX_BYTES) int lengthBytes,
            @ForAll long seed) {
        Random random = new Random(seed);
        ServerId serverId = new ServerId(number >>> Integer.SIZE - Byte.SIZE * lengthBytes, lengthBytes);
        ConnectionId drawn = ConnectionId.of(UUID.nameUUIDFromBytes(bytes(random, 16)));
        for (ServerIdEncoding encoding :
                List.of(ServerIdEncoding.PLAIN, ServerIdEncoding.masked(OpaqueBytes.of(bytes(random, 20))))) {
            ConnectionId name = encoding.write(serverId, drawn);

            assertThat(encoding.read(name, lengthBytes)).isEqualTo(serverId);
            assertThat(name.toString().substring(2 * lengthBytes))
                    .isEqualTo(drawn.toString().substring(2 * lengthBytes));
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Go takes names for UUIDs, if it looks at all. */
    @Requirement("NAME-2")
    @Test
    void shouldStayAUuidOfVersion4() {
        ConnectionId name =
                ServerIdEncoding.masked(KEY).write(ServerId.parse("ffffffff"), ConnectionId.of(UUID.randomUUID()));

        UUID uuid = new UUID(name.mostSignificantBits(), name.leastSignificantBits());
        assertThat(uuid.version()).isEqualTo(4);
        assertThat(uuid.variant()).isEqualTo(2);
    }

    /** Each value of a masked byte comes as often as chance has it, whoever's the name is. */
    @Test
    void shouldHideFromOthersWhoseANameIs() {
        ServerIdEncoding encoding = ServerIdEncoding.masked(KEY);
        ServerId serverId = new ServerId(7, 1);
        Random random = new Random(1);
        int tries = 1 << 16;
        int[] counts = new int[256];
        for (int i = 0; i < tries; i++) {
            ConnectionId name = encoding.write(serverId, new ConnectionId(random.nextLong(), random.nextLong()));
            counts[(int) (name.mostSignificantBits() >>> 56)]++;
        }

        double chiSquare = 0;
        double expected = tries / 256.0;
        for (int count : counts) {
            chiSquare += (count - expected) * (count - expected) / expected;
        }
        // 255 degrees of freedom: mean 255, standard deviation 23. The numbers are the same at each run.
        assertThat(chiSquare).isBetween(165.0, 345.0);
    }

    @Test
    void shouldNotBeReadWithAnotherKey() {
        ConnectionId name = ServerIdEncoding.masked(KEY).write(ServerId.parse("00000007"), new ConnectionId(1, 2));

        ServerIdEncoding other = ServerIdEncoding.masked(
                OpaqueBytes.of(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}));
        assertThat(other.read(name, 4)).isNotEqualTo(ServerId.parse("00000007"));
        assertThat(other.isMasked()).isTrue();
        assertThat(ServerIdEncoding.PLAIN.isMasked()).isFalse();
    }

    @Test
    void shouldRefuseAShortKeyAndALengthThatThereIsNot() {
        assertThatIllegalArgumentException().isThrownBy(() -> ServerIdEncoding.masked(OpaqueBytes.of(new byte[15])));
        assertThatIllegalArgumentException().isThrownBy(() -> ServerIdEncoding.PLAIN.read(ConnectionId.ZERO, 5));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ServerIdEncoding.masked(KEY).read(ConnectionId.ZERO, 0));
    }
}
