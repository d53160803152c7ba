package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.FrameTooLargeException;
import dev.multipath.codec.MultipathProtocolException;
import dev.multipath.codec.ReservedFrameNumberException;
import dev.multipath.codec.TruncatedFrameException;
import dev.multipath.session.UnsentFrameAckedException;
import dev.multipath.testing.Requirement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A subflow that breaks the protocol is closed with a typed exception; the session goes on over the others. */
class HostilePeerTest {

    private static final byte[] OVERSIZE = {(byte) 0x80, 0x10, 0x00, 0x01, 10};

    /** Enough to run out of anything that is kept for each; a million makes no difference but the time. */
    private static final int FLOOD = 100_000;

    private final Peers peers = new Peers(TestTransport.NIO);
    private Recorder session;
    private RawPeer honest;
    private RawPeer hostile;

    @BeforeEach
    void setUp() throws Exception {
        peers.listen(Recorder::new, 1);
        honest = rawPeer();
        ConnectionId connectionId = honest.greet(ConnectionId.ZERO);
        honest.speakBaseProfile();
        session = peers.accepted();
        hostile = rawPeer();
        hostile.greet(connectionId);
        session.awaitCount(SubflowEvent.Kind.ADDED, 2);
    }

    @AfterEach
    void tearDown() throws IOException {
        honest.close();
        hostile.close();
        peers.close();
    }

    private RawPeer rawPeer() throws IOException {
        return new RawPeer(peers.server().localAddress().paths().get(0).remote());
    }

    static List<Arguments> breaches() {
        return List.of(
                Arguments.of("oversize frame", OVERSIZE, FrameTooLargeException.class),
                Arguments.of("data on a reserved number", new byte[] {1, 9, 42}, ReservedFrameNumberException.class),
                Arguments.of("data on number 0", new byte[] {1, 0, 42}, ReservedFrameNumberException.class),
                Arguments.of("acknowledgement of an unsent frame", RawPeer.ack(10), UnsentFrameAckedException.class),
                Arguments.of(
                        "acknowledgement of the last number there is",
                        new byte[] {0, -1, -1, -1, -1, -1, -1, -1, -1},
                        UnsentFrameAckedException.class));
    }

    @Requirement("ERR-1")
    @ParameterizedTest(name = "{0}")
    @MethodSource("breaches")
    void shouldCloseASubflowThatBreaksTheProtocol(String name, byte[] bytes, Class<? extends Exception> type)
            throws Exception {
        hostile.send(bytes);
        hostile.awaitClosed();
        assertRemoved(type);
        assertSessionGoesOn();
    }

    @Requirement("ERR-4")
    @Test
    void shouldCallASubflowThatEndsInsideAFrameTruncated() throws Exception {
        hostile.send((byte) 40, (byte) 10, (byte) 1, (byte) 2);
        hostile.close();
        assertRemoved(TruncatedFrameException.class);
        assertSessionGoesOn();
    }

    @Test
    void shouldSurviveRandomBytes() throws Exception {
        // Begins with a size that no frame may have, or a lucky draw would make it a long one that is waited for.
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(OVERSIZE);
        byte[] random = new byte[1 << 20];
        new Random(42).nextBytes(random);
        bytes.write(random);
        try {
            hostile.send(bytes.toByteArray());
            hostile.awaitClosed();
        } catch (IOException closedWhileWeWrote) {
            hostile.close();
        }
        assertRemoved(MultipathProtocolException.class);
        assertSessionGoesOn();
    }

    @Test
    void shouldSurviveRandomPrefaces() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 50; i++) {
            byte[] garbage = new byte[1 + random.nextInt(100)];
            random.nextBytes(garbage);
            // A version that does not exist, or half a preface.
            garbage[0] = i % 2 == 0 ? (byte) (1 + random.nextInt(200)) : 0;
            byte[] sent = garbage[0] == 0 ? java.util.Arrays.copyOf(garbage, Math.min(garbage.length, 16)) : garbage;
            try (RawPeer peer = rawPeer()) {
                peer.send(sent);
            }
        }
        eventually()
                .until(() -> peers.serverSubflows.size() == 2
                        && peers.server().registry().pendingHandshakes() == 0);
        assertThat(peers.server().sessionCount()).isEqualTo(1);
        assertSessionGoesOn();
    }

    @Requirement("ERR-3")
    @Test
    void shouldCloseAnotherVersionAtOnce() throws Exception {
        try (RawPeer peer = rawPeer()) {
            peer.send((byte) 1);
            assertThat(peer.read()).isEqualTo(-1);
        }
    }

    @Test
    void shouldSurviveAFloodOfPings() throws Exception {
        flood(RawPeer.PING, FLOOD);
        assertSessionGoesOn();
    }

    @Test
    void shouldSurviveAFloodOfReservedFrames() throws Exception {
        flood(new byte[] {0, 5}, FLOOD);
        assertSessionGoesOn();
    }

    @Test
    void shouldSurviveAFloodOfAcknowledgements() throws Exception {
        eventually().until(() -> session.session().stats().paths().stream().anyMatch(path -> path.rtt() != null));
        session.send(1, 1);
        readFrameTen();
        flood(RawPeer.ack(10), FLOOD);
        honest.send(RawPeer.data(10, Pattern.at(0)));
        session.awaitReceived(1);
    }

    @Test
    void shouldSurviveAFloodOfDuplicates() throws Exception {
        honest.send(RawPeer.data(10, Pattern.at(0)));
        session.awaitReceived(1);
        flood(RawPeer.data(10, (byte) 99), FLOOD);
        honest.send(RawPeer.data(11, Pattern.at(1)));
        session.awaitReceived(2);
    }

    /** The honest one is the only subflow whose round trip is known, so it carries the session's first frame. */
    private void readFrameTen() throws IOException {
        byte[] start = honest.read(2);
        while (start[0] == 0) {
            // Another ping, since another subflow has joined.
            assertThat(start).isEqualTo(RawPeer.PING);
            start = honest.read(2);
        }
        assertThat(start).isEqualTo(new byte[] {1, 10});
        assertThat(honest.read(1)).containsExactly(Pattern.at(0));
    }

    /** Sends so many copies, and reads what the server answers, so that it is never held up by that. */
    private void flood(byte[] frame, int copies) throws Exception {
        int copiesPerWrite = 1000;
        byte[] many = new byte[frame.length * copiesPerWrite];
        for (int i = 0; i < copiesPerWrite; i++) {
            System.arraycopy(frame, 0, many, i * frame.length, frame.length);
        }
        Thread reader = new Thread(() -> {
            try {
                hostile.awaitClosed();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        reader.setDaemon(true);
        reader.start();
        for (int i = 0; i < copies / copiesPerWrite; i++) {
            hostile.send(many);
        }
        // Until the last is processed: the flood ends with a breach.
        hostile.send(OVERSIZE);
        reader.join(TimeUnit.SECONDS.toMillis(60));
        assertRemoved(FrameTooLargeException.class);
    }

    private void assertRemoved(Class<? extends Throwable> type) {
        session.awaitCount(SubflowEvent.Kind.REMOVED, 1);
        assertThat(session.events(SubflowEvent.Kind.REMOVED).get(0).cause()).isInstanceOf(type);
    }

    private void assertSessionGoesOn() throws IOException {
        honest.send(RawPeer.data(10, Pattern.at(0), Pattern.at(1)));
        session.awaitReceived(2);
        assertThat(session.isInactive()).isFalse();
        assertThat(session.exceptions()).isEmpty();
    }
}
