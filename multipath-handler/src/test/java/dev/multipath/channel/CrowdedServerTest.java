package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.admission.SourceQuota;
import dev.multipath.codec.ConnectionId;
import dev.multipath.path.MultipathAddress;
import dev.multipath.testing.OneIn;
import io.netty.bootstrap.ServerBootstrap;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Attackers who take many times the places that a small server has, beside honest clients: one that is there already, and new
 * ones all the time. The honest never fail, and afterwards the places are back.
 */
class CrowdedServerTest {

    private static final int PLACES = 16;
    private static final int ATTACKERS = 8 * PLACES;

    /** An honest client comes after so many attackers. */
    private static final int ATTACKERS_PER_CLIENT = PLACES;

    /** An attacker can have so many connections open. */
    private static final int MAX_OPEN = 4 * PLACES;

    private static final int ECHO_BYTES = 2000;

    /** What an attacker does, once it is connected. */
    private enum Attack {
        OPENS_AND_DROPS {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                RawExtendedPeer extended = greet(peer);
                extended.raw().send(RawPeer.data(10, new byte[50]));
                extended.raw().send(RawPeer.data(11, new byte[50]));
                peer.reset();
            }
        },
        OPENS_AND_HOLDS {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                greet(peer);
            }
        },
        ASKS_AND_IS_SILENT {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                peer.send(RawPeer.preface(ConnectionId.ZERO));
            }
        },
        IS_SILENT {
            @Override
            void run(RawPeer peer, ConnectionId known) {}
        },
        SENDS_HALF_A_PREFACE {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                peer.send(new byte[9]);
            }
        },
        SENDS_BYTE_BY_BYTE {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                for (int i = 0; i < 16; i++) {
                    peer.send((byte) 0);
                }
            }
        },
        NAMES_A_SESSION {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                peer.send(RawPeer.preface(known));
            }
        },
        ASKS_TO_JOIN {
            @Override
            void run(RawPeer peer, ConnectionId known) throws IOException {
                new RawExtendedPeer(peer).request(known, 1);
            }
        };

        abstract void run(RawPeer peer, ConnectionId known) throws IOException;

        static RawExtendedPeer greet(RawPeer peer) throws IOException {
            RawExtendedPeer extended = new RawExtendedPeer(peer);
            extended.greet();
            extended.learnKey();
            return extended.sendHello();
        }
    }

    static List<Arguments> attacks() {
        List<Arguments> attacks = new ArrayList<>();
        for (Attack attack : Attack.values()) {
            attacks.add(Arguments.of(attack, 1));
            attacks.add(Arguments.of(attack, 8));
        }
        return attacks;
    }

    @OneIn(2)
    @ParameterizedTest(name = "{0} from {1}")
    @MethodSource("attacks")
    void shouldServeTheHonest(Attack attack, int hosts) throws Exception {
        try (Peers peers = new Peers(TestTransport.NIO)) {
            ServerBootstrap bootstrap = peers.serverBootstrap(Echo::new)
                    .option(MultipathChannelOption.MAX_SESSIONS, PLACES)
                    .option(MultipathChannelOption.MAX_PENDING_HANDSHAKES, PLACES)
                    .option(MultipathChannelOption.SOURCE_QUOTA, SourceQuota.of(PLACES / 2, PLACES / 2))
                    .childOption(MultipathChannelOption.RESUMPTION_TIMEOUT, Duration.ofSeconds(5));
            peers.listen(bootstrap, 1);
            Recorder existing = peers.connect();
            ConnectionId known =
                    ((MultipathChannel) peers.accepted().channel()).accepted().connectionId();
            echo(existing);

            ArrayDeque<RawPeer> open = new ArrayDeque<>();
            try {
                for (int i = 0; i < ATTACKERS; i++) {
                    RawPeer attacker = attacker(peers, 1 + i % hosts);
                    open.add(attacker);
                    attempt(attack, attacker, known);
                    if (open.size() > MAX_OPEN) {
                        open.poll().close();
                    }
                    if (i % ATTACKERS_PER_CLIENT == 0) {
                        echo(existing);
                        newClient(peers, i / ATTACKERS_PER_CLIENT);
                    }
                }
                assertThat(peers.server().admission().sessions()).isLessThanOrEqualTo(PLACES);
                // A second subflow, of a session that is attacked.
                existing.session()
                        .addPath(peers.server().localAddress().paths().get(0).withLocal(local(1)));
                existing.awaitCount(SubflowEvent.Kind.ADDED, 2);
            } finally {
                for (RawPeer attacker : open) {
                    attacker.close();
                }
            }
            echo(existing);
            assertThat(existing.exceptions()).isEmpty();
            eventually().untilAsserted(() -> {
                assertThat(peers.server().admission().handshakes()).isZero();
                assertThat(peers.server().admission().sessions()).isEqualTo(1);
            });
        }
    }

    private static InetSocketAddress local(int host) {
        return new InetSocketAddress("127.0.0." + host, 0);
    }

    private static RawPeer attacker(Peers peers, int host) throws IOException {
        SocketAddress server = peers.server().localAddress().paths().get(0).remote();
        return new RawPeer(local(host), server);
    }

    /** It may have lost its place already: that is its own misfortune. */
    private static void attempt(Attack attack, RawPeer attacker, ConnectionId known) {
        try {
            attack.run(attacker, known);
        } catch (IOException | IndexOutOfBoundsException | AssertionError e) {
            // Closed by the server before it has answered.
        }
    }

    private static void echo(Recorder client) {
        long bytes = client.sentBytes() + ECHO_BYTES;
        client.send(ECHO_BYTES, ECHO_BYTES);
        client.awaitReceived(bytes);
    }

    /** By turns from the address that the attackers have too, and from another. */
    private static void newClient(Peers peers, int turn) throws Exception {
        Recorder client = new Recorder();
        peers.clientBootstrap(client)
                .connect(peers.server().localAddress(), turn % 2 == 0 ? null : fromElsewhere())
                .sync();
        echo(client);
        echo(client);
        client.channel().close().sync();
        assertThat(client.exceptions()).isEmpty();
    }

    private static MultipathAddress fromElsewhere() {
        return MultipathAddress.of(local(77));
    }
}
