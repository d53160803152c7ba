package dev.multipath.examples.psk;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Vector;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.AbstractTlsServer;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.PRFAlgorithm;
import org.bouncycastle.tls.ProtocolName;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.PskIdentity;
import org.bouncycastle.tls.PskKeyExchangeMode;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsCredentials;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsPSK;
import org.bouncycastle.tls.TlsPSKExternal;
import org.bouncycastle.tls.TlsProtocol;
import org.bouncycastle.tls.TlsServerProtocol;
import org.bouncycastle.tls.crypto.TlsCrypto;

/**
 * What either end of a handshake insists on: TLS 1.3, the secret, and Diffie-Hellman beside it, so that who learns the secret
 * later cannot read what was said before. There is nothing to fall back to. The binder by which a peer proves that it knows
 * the secret is compared in constant time, by Bouncy Castle.
 */
final class PskPeer {
    /** There is one secret, so it tells nothing; RFC 8446 wants one. */
    static final byte[] IDENTITY = "multipath/0".getBytes(StandardCharsets.US_ASCII);

    private static final int[] CIPHER_SUITES = {
        CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_CHACHA20_POLY1305_SHA256
    };
    private static final short[] WITH_DIFFIE_HELLMAN = {PskKeyExchangeMode.psk_dhe_ke};

    private PskPeer() {}

    /** The protocol of a client, whose hello is ready to be sent. */
    static TlsProtocol connect(TlsCrypto crypto, SharedSecret secret) throws IOException {
        TlsClientProtocol protocol = new TlsClientProtocol();
        protocol.connect(new Client(crypto, secret));
        return protocol;
    }

    /** The protocol of a server, which waits for a hello. */
    static TlsProtocol accept(TlsCrypto crypto, SharedSecret secret) throws IOException {
        TlsServerProtocol protocol = new TlsServerProtocol();
        protocol.accept(new Server(crypto, secret));
        return protocol;
    }

    private static TlsPSKExternal psk(TlsCrypto crypto, SharedSecret secret) {
        return new BasicTlsPSKExternal(IDENTITY, crypto.createSecret(secret.key()), PRFAlgorithm.tls13_hkdf_sha256);
    }

    private static Vector<ProtocolName> protocolNames() {
        return new Vector<>(List.of(ProtocolName.asUtf8Encoding("multipath/0")));
    }

    // What both ends insist on is told twice: it has to be said by overriding, and the two base classes have none in
    // common
    // that could be extended.

    private static final class Client extends AbstractTlsClient {
        private final SharedSecret secret;

        Client(TlsCrypto crypto, SharedSecret secret) {
            super(crypto);
            this.secret = secret;
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return ProtocolVersion.TLSv13.only();
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return CIPHER_SUITES.clone();
        }

        @Override
        protected Vector<ProtocolName> getProtocolNames() {
            return protocolNames();
        }

        @Override
        public short[] getPskKeyExchangeModes() {
            return WITH_DIFFIE_HELLMAN.clone();
        }

        @Override
        public Vector<TlsPSKExternal> getExternalPSKs() {
            return new Vector<>(List.of(psk(getCrypto(), secret)));
        }

        @Override
        public void notifySelectedPSK(TlsPSK selected) throws IOException {
            if (selected == null) {
                throw new TlsFatalAlert(AlertDescription.handshake_failure, "the server does without the secret");
            }
        }

        /** Never asked for: certificates come only without a secret. */
        @Override
        public TlsAuthentication getAuthentication() throws IOException {
            throw new TlsFatalAlert(AlertDescription.handshake_failure, "the server shows a certificate");
        }
    }

    private static final class Server extends AbstractTlsServer {
        private final SharedSecret secret;

        Server(TlsCrypto crypto, SharedSecret secret) {
            super(crypto);
            this.secret = secret;
        }

        @Override
        protected ProtocolVersion[] getSupportedVersions() {
            return ProtocolVersion.TLSv13.only();
        }

        @Override
        protected int[] getSupportedCipherSuites() {
            return CIPHER_SUITES.clone();
        }

        @Override
        protected Vector<ProtocolName> getProtocolNames() {
            return protocolNames();
        }

        @Override
        public short[] getPskKeyExchangeModes() {
            return WITH_DIFFIE_HELLMAN.clone();
        }

        @Override
        @SuppressWarnings("rawtypes")
        public TlsPSKExternal getExternalPSK(Vector identities) {
            for (Object identity : identities) {
                if (Arrays.equals(((PskIdentity) identity).getIdentity(), IDENTITY)) {
                    return psk(getCrypto(), secret);
                }
            }
            return null;
        }

        /** Asked for only when there is no secret to go by. */
        @Override
        public TlsCredentials getCredentials() throws IOException {
            throw new TlsFatalAlert(AlertDescription.handshake_failure, "the client does without the secret");
        }
    }
}
