package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.quic.QuicOptions;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers send to a server's UDP port. */
class HostileDatagramTest {

    private static final int INITIAL_BYTES = 1200;

    /** A long header with version 1 and connection ids of 8 bytes; everything behind it at random. */
    private static byte[] initial(Random random) {
        byte[] packet = new byte[INITIAL_BYTES];
        random.nextBytes(packet);
        packet[0] = (byte) (0xc0 | random.nextInt(16));
        packet[1] = 0;
        packet[2] = 0;
        packet[3] = 0;
        packet[4] = 1;
        packet[5] = 8;
        packet[14] = 8;
        return packet;
    }

    @Test
    void shouldOutliveAnyDatagrams() throws Exception {
        Random random = new Random(1);
        try (Peers peers = new Peers(TestTransport.EPOLL);
                DatagramSocket attacker = new DatagramSocket()) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server()), 1);
            Recorder client = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client()));
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            client.send(4_000_000, 50_000);
            for (int i = 0; i < 5000; i++) {
                byte[] packet = random.nextBoolean() ? initial(random) : new byte[random.nextInt(1500)];
                if (random.nextBoolean() && packet.length > 0 && packet[0] == 0) {
                    random.nextBytes(packet);
                }
                attacker.send(new DatagramPacket(packet, packet.length, place));
            }
            client.awaitReceived(4_000_000);
            // They have got no further than a Retry.
            assertThat(peers.server().registry().pendingHandshakes()).isZero();
            assertThat(peers.server().sessionCount()).isOne();
        }
    }

    /** An address that has not been validated gets no more than it has sent, and nothing is kept for it. */
    @Test
    void shouldAnswerWithARetry() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL);
                DatagramSocket stranger = new DatagramSocket()) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server()), 1);
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            byte[] packet = initial(new Random(2));
            packet[0] = (byte) 0xc0;
            // No token.
            packet[23] = 0;
            stranger.send(new DatagramPacket(packet, packet.length, place));
            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            stranger.setSoTimeout((int) Waiting.PATIENCE.toMillis());
            stranger.receive(answer);
            // RFC 9000 section 17.2.5: type 3 is Retry.
            assertThat(answer.getData()[0] & 0xf0).isEqualTo(0xf0);
            assertThat(answer.getLength()).isLessThan(INITIAL_BYTES);
            assertThat(peers.server().registry().pendingHandshakes()).isZero();
            stranger.setSoTimeout(200);
            try {
                stranger.receive(answer);
                throw new AssertionError("another packet");
            } catch (SocketTimeoutException e) {
                assertThat(peers.serverSubflows.stream().filter(channel -> channel.parent() != null))
                        .isEmpty();
            }
        }
    }

    /** Who puts somebody else's address on it would have three times as much sent there. */
    @ParameterizedTest
    @ValueSource(ints = {1, 0x1a2a3a4a})
    void shouldNotAnswerAShortDatagram(int version) throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL);
                DatagramSocket stranger = new DatagramSocket()) {
            peers.listen(QuicSetup.serverBootstrap(peers, Echo::new, QuicSetup.server()), 1);
            InetSocketAddress place = (InetSocketAddress)
                    peers.server().localAddress().paths().get(0).remote();
            stranger.setSoTimeout((int) Waiting.PATIENCE.toMillis());
            byte[] packet = initial(new Random(2));
            packet[0] = (byte) 0xc0;
            packet[23] = 0;
            byte[] other = packet.clone();
            ByteBuffer.wrap(other).putInt(1, version);
            stranger.send(new DatagramPacket(other, 1199, place));
            stranger.send(new DatagramPacket(other, 24, place));
            // That one is answered, and alone.
            stranger.send(new DatagramPacket(packet, packet.length, place));

            DatagramPacket answer = new DatagramPacket(new byte[2000], 2000);
            stranger.receive(answer);
            assertThat(answer.getData()[0] & 0xf0).isEqualTo(0xf0);
            stranger.setSoTimeout(200);
            assertThatThrownBy(() -> stranger.receive(answer)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    /** Whoever fills them would keep everybody else out; who loses a place, or memory, is chosen. */
    @Test
    void shouldHaveNoFewerConnectionsThanPlaces() {
        MultipathServerChannel server = new MultipathServerChannel();
        long sessions = server.config().getOption(MultipathChannelOption.MAX_SESSIONS);
        long subflows = server.config().getOption(MultipathChannelOption.MAX_SUBFLOWS);
        long handshakes = server.config().getOption(MultipathChannelOption.MAX_PENDING_HANDSHAKES);
        assertThat((long) QuicOptions.DEFAULT.maxConnections()).isGreaterThan(sessions * subflows + handshakes);
    }

    @Test
    void shouldTakeNoMoreConnectionsThanItMay() throws Exception {
        try (Peers peers = new Peers(TestTransport.EPOLL)) {
            peers.listen(
                    QuicSetup.serverBootstrap(
                            peers,
                            Echo::new,
                            QuicSetup.server().withOptions(QuicOptions.DEFAULT.withMaxConnections(1))),
                    1);
            Recorder client = new Recorder();
            peers.connect(QuicSetup.clientBootstrap(peers, client, QuicSetup.client()));
            Throwable refused = QuicSetup.clientBootstrap(peers, new Recorder(), QuicSetup.client())
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 1000)
                    .connect(peers.server().localAddress())
                    .await()
                    .cause();
            assertThat(refused.getSuppressed()[0].getCause()).isInstanceOf(ConnectTimeoutException.class);
            client.send(1000, 1000);
            client.awaitReceived(1000);
        }
    }
}
