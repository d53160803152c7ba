package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.OpaqueBytes;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class JoinProofTest {

    private static final JoinProof PROOF = new JoinProof(
            ConnectionId.of(UUID.fromString("00112233-4455-4677-8899-aabbccddeeff")),
            0x0102,
            hex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"),
            hex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf"));

    private static final OpaqueBytes KEY = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");

    private static OpaqueBytes hex(String hex) {
        return OpaqueBytes.of(HexFormat.of().parseHex(hex));
    }

    /**
     * Made with Python: {@code hmac.new(key, b"S" + cid + (0x102).to_bytes(8, "big") + cn + sn, "sha256").hexdigest()},
     * and the same with {@code b"C"}.
     */
    @Test
    void shouldBeWhatAnotherImplementationComputes() {
        assertThat(PROOF.server(KEY))
                .isEqualTo(hex("f196cf63e01fa7de59fcbdc69187447a153db66ae8ff904e4e9ee699dc1793b3"));
        assertThat(PROOF.client(KEY))
                .isEqualTo(hex("a814111ce3c2b1b269a86e7bac75475a840c234ca45cbf4ac3aa9fab8ade3806"));
    }

    @Test
    void shouldDependOnEverything() {
        JoinProof p = PROOF;
        OpaqueBytes other = hex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebe");
        assertThat(p.server(KEY)).isNotEqualTo(p.client(KEY));
        assertThat(p.server(KEY))
                .isNotEqualTo(p.server(hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1e")))
                .isNotEqualTo(
                        new JoinProof(ConnectionId.of(new UUID(1, 2)), p.pathId(), p.clientNonce(), p.serverNonce())
                                .server(KEY))
                .isNotEqualTo(new JoinProof(p.connectionId(), 0x0103, p.clientNonce(), p.serverNonce()).server(KEY))
                .isNotEqualTo(new JoinProof(p.connectionId(), p.pathId(), other, p.serverNonce()).server(KEY))
                .isNotEqualTo(new JoinProof(p.connectionId(), p.pathId(), p.clientNonce(), other).server(KEY))
                .isNotEqualTo(
                        new JoinProof(p.connectionId(), p.pathId(), p.serverNonce(), p.clientNonce()).server(KEY));
    }
}
