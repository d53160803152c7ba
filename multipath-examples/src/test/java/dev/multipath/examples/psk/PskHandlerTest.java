package dev.multipath.examples.psk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.testing.Requirement;
import dev.multipath.transport.TlsTruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Vector;
import javax.net.ssl.SSLHandshakeException;
import org.bouncycastle.tls.AbstractTlsClient;
import org.bouncycastle.tls.BasicTlsPSKExternal;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.PRFAlgorithm;
import org.bouncycastle.tls.ProtocolVersion;
import org.bouncycastle.tls.PskKeyExchangeMode;
import org.bouncycastle.tls.TlsAuthentication;
import org.bouncycastle.tls.TlsClientProtocol;
import org.bouncycastle.tls.TlsPSKExternal;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCryptoProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two ends of a protected subflow, without sockets: what each makes of friends, strangers and those on the way. */
final class PskHandlerTest {
    private static final TlsCrypto CRYPTO = new JcaTlsCryptoProvider().create(new SecureRandom());
    private static final SharedSecret SECRET = secret("0123456789abcdef0123456789abcdef");
    private static final SharedSecret OTHER = secret("0123456789abcdef0123456789abcdeX");

    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final Map<EmbeddedChannel, PskHandler> handlers = new HashMap<>();
    private EmbeddedChannel client;
    private EmbeddedChannel server;

    private static SharedSecret secret(String text) {
        return SharedSecret.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private EmbeddedChannel clientOf(SharedSecret secret) {
        return add(new PskHandler(() -> PskPeer.connect(CRYPTO, secret)));
    }

    private EmbeddedChannel serverOf(SharedSecret secret) {
        return add(new PskHandler(() -> PskPeer.accept(CRYPTO, secret)));
    }

    private EmbeddedChannel add(PskHandler handler) {
        EmbeddedChannel channel = new EmbeddedChannel(handler);
        channels.add(channel);
        handlers.put(channel, handler);
        return channel;
    }

    @AfterEach
    void releaseAll() {
        for (EmbeddedChannel channel : channels) {
            take(channel);
            received(channel);
            try {
                channel.finishAndReleaseAll();
            } catch (Exception e) {
                // The test has looked at it, or the end is one that nobody announced.
                assertThat(e).isInstanceOf(IOException.class);
            }
        }
    }

    private static byte[] take(EmbeddedChannel channel) {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf part = channel.readOutbound(); part != null; part = channel.readOutbound()) {
            all.writeBytes(part);
            part.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    private static void give(EmbeddedChannel channel, byte[] bytes) {
        if (bytes.length > 0) {
            // Unlike writeInbound(), this keeps what is thrown for checkException().
            channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(bytes)).fireChannelReadComplete();
            channel.runPendingTasks();
        }
    }

    /** Until neither has anything to say. */
    private void exchange() {
        for (int i = 0; i < 10; i++) {
            give(server, take(client));
            give(client, take(server));
        }
    }

    private static byte[] received(EmbeddedChannel channel) {
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf part = channel.readInbound(); part != null; part = channel.readInbound()) {
            all.writeBytes(part);
            part.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    private boolean isReady(EmbeddedChannel channel) {
        return handlers.get(channel).ready().isSuccess();
    }

    private void connect() {
        client = clientOf(SECRET);
        server = serverOf(SECRET);
        exchange();
        assertThat(isReady(client)).isTrue();
        assertThat(isReady(server)).isTrue();
    }

    private void assertRefuses(EmbeddedChannel channel) {
        assertThat(isReady(channel)).isFalse();
        assertThat(channel.isOpen()).isFalse();
        assertThatThrownBy(channel::checkException).isInstanceOf(SSLHandshakeException.class);
        assertThat(received(channel)).isEmpty();
    }

    @Requirement("PSK-3")
    @Test
    void shouldMakeTheKeyAsTheSpecificationSays() {
        // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:... -kdfopt info:"multipath/0 psk" HKDF
        assertThat(HexFormat.of().formatHex(SECRET.key()))
                .isEqualTo("22600c94628af40d8a387d8fc216a20560803a5e8891c1140d26f57113437876");
    }

    @Requirement("PSK-6")
    @ParameterizedTest
    @ValueSource(ints = {0, 15, 4097})
    void shouldRefuseASecretThatIsNone(int bytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> SharedSecret.of(new byte[bytes]));
    }

    @Test
    void shouldCarryBytesBothWaysInRecords() {
        connect();
        byte[] bytes = new byte[100_000];
        new Random(1).nextBytes(bytes);

        client.writeOutbound(Unpooled.wrappedBuffer(bytes));
        server.writeOutbound(Unpooled.wrappedBuffer(bytes, 0, 7), Unpooled.wrappedBuffer(bytes, 7, 9));
        byte[] onTheWire = take(client);
        give(server, Arrays.copyOf(onTheWire, 5));
        give(server, Arrays.copyOfRange(onTheWire, 5, onTheWire.length));
        give(client, take(server));

        assertThat(received(server)).isEqualTo(bytes);
        assertThat(received(client)).isEqualTo(Arrays.copyOf(bytes, 16));
        assertThat(onTheWire).hasSizeGreaterThan(bytes.length);
        assertThat(new String(onTheWire, StandardCharsets.ISO_8859_1))
                .doesNotContain(new String(bytes, 0, 20, StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldKeepWhatIsWrittenBeforeTheHandshakeIsDone() {
        client = clientOf(SECRET);
        server = serverOf(SECRET);
        var early = client.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        assertThat(early.isDone()).isFalse();

        exchange();

        assertThat(early.isSuccess()).isTrue();
        assertThat(received(server)).containsExactly(1, 2, 3);
    }

    @Requirement("PSK-1")
    @Test
    void shouldLetNobodyInWithAnotherSecret() {
        client = clientOf(OTHER);
        server = serverOf(SECRET);
        exchange();

        assertRefuses(server);
        assertRefuses(client);
    }

    /** The client's own words come back to it, or the server's to the server. */
    @Requirement("PSK-1")
    @Test
    void shouldNotBeFooledByAReflection() {
        client = clientOf(SECRET);
        give(client, take(client));
        assertRefuses(client);

        EmbeddedChannel helper = clientOf(SECRET);
        server = serverOf(SECRET);
        give(server, take(helper));
        give(server, take(server));
        assertRefuses(server);
    }

    @Requirement("PSK-4")
    @Test
    void shouldNotBeFooledByARecording() {
        client = clientOf(SECRET);
        server = serverOf(SECRET);
        byte[] hello = take(client);
        give(server, hello);
        give(client, take(server));
        client.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}));
        byte[] rest = take(client);

        EmbeddedChannel again = serverOf(SECRET);
        give(again, hello);
        byte[] answer = take(again);
        give(again, rest);
        assertRefuses(again);
        // Nor is there a ticket with which to come back, or early data: one flight, and nothing behind the handshake.
        assertThat(answer).isNotEmpty();
        give(server, rest);
        assertThat(received(server)).containsExactly(1, 2, 3);
        assertThat(take(server)).isEmpty();
    }

    @Requirement("PSK-2")
    @Test
    void shouldRefusePlainText() {
        server = serverOf(SECRET);
        give(server, new byte[17]);
        assertRefuses(server);
        client = clientOf(SECRET);
        give(client, new byte[17]);
        assertRefuses(client);
    }

    @Requirement("PSK-2")
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void shouldRefuseAClientThatWantsACertificate(String version) throws Exception {
        SslHandler tls = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .protocols(version)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build()
                .newHandler(UnpooledByteBufAllocator.DEFAULT);
        EmbeddedChannel stranger = new EmbeddedChannel(tls);
        channels.add(stranger);
        server = serverOf(SECRET);
        give(server, take(stranger));
        assertRefuses(server);
    }

    @Requirement("PSK-1")
    @Test
    void shouldRefuseAClientWithoutDiffieHellman() throws Exception {
        TlsClientProtocol protocol = new TlsClientProtocol();
        protocol.connect(new AbstractTlsClient(CRYPTO) {
            @Override
            protected ProtocolVersion[] getSupportedVersions() {
                return ProtocolVersion.TLSv13.only();
            }

            @Override
            protected int[] getSupportedCipherSuites() {
                return new int[] {CipherSuite.TLS_AES_128_GCM_SHA256};
            }

            @Override
            public short[] getPskKeyExchangeModes() {
                return new short[] {PskKeyExchangeMode.psk_ke};
            }

            @Override
            public Vector<TlsPSKExternal> getExternalPSKs() {
                return new Vector<>(List.of(new BasicTlsPSKExternal(
                        PskPeer.IDENTITY, CRYPTO.createSecret(SECRET.key()), PRFAlgorithm.tls13_hkdf_sha256)));
            }

            @Override
            public TlsAuthentication getAuthentication() {
                return null;
            }
        });
        byte[] hello = new byte[protocol.getAvailableOutputBytes()];
        protocol.readOutput(hello, 0, hello.length);
        server = serverOf(SECRET);
        give(server, hello);
        assertRefuses(server);
    }

    @Requirement("PSK-5")
    @Test
    void shouldTakeAnEndThatNobodyAnnouncedForACut() {
        connect();
        server.close();
        assertThatThrownBy(server::checkException).isInstanceOf(TlsTruncatedException.class);
        client.close();
        assertThatThrownBy(client::checkException).isInstanceOf(TlsTruncatedException.class);
        assertThat(take(client)).as("a close alone is no announcement").isEmpty();
    }

    @Requirement("PSK-5")
    @Test
    void shouldKnowAnAnnouncedEnd() {
        connect();
        var last = client.write(Unpooled.wrappedBuffer(new byte[] {9}));
        var context = client.pipeline().context(PskHandler.class);
        ((PskHandler) context.handler()).endOutput(context);
        exchange();
        server.close();
        client.close();

        assertThat(last.isSuccess()).isTrue();
        assertThat(received(server)).containsExactly(9);
        server.checkException();
        client.checkException();
        assertThat(server.writeOneOutbound(Unpooled.wrappedBuffer(new byte[] {1}))
                        .isSuccess())
                .isFalse();
    }

    @Test
    void shouldFailWhatIsWrittenWhenARecordIsForged() {
        connect();
        client.writeOutbound(Unpooled.wrappedBuffer(new byte[100]));
        byte[] record = take(client);
        record[50] ^= 1;
        give(server, record);

        assertThatThrownBy(server::checkException).hasMessageContaining("bad_record_mac");
        assertThat(received(server)).isEmpty();
        assertThat(server.isOpen()).isFalse();
    }
}
