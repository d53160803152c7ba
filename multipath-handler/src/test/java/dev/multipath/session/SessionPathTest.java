package dev.multipath.session;

import static dev.multipath.session.ExtendedFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.codec.AddAddressFrame;
import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.JoinChallengeFrame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PathStatusFrame;
import dev.multipath.codec.RemoveAddressFrame;
import dev.multipath.testing.Requirement;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code docs/PROTOCOL.md} 4.7: states and ends of paths, and addresses. */
class SessionPathTest {

    private static AddAddressFrame add(long sequence, long id, int port) {
        return new AddAddressFrame(sequence, id, new InetSocketAddress("127.0.0.1", port));
    }

    // ---- status

    @Requirement("PATH-6")
    @ParameterizedTest
    @EnumSource
    void shouldTellThePeerOfABackupAndUseItOnlyWhileNoOtherDelivers(SessionRole role) {
        try (ExtendedFixture fixture = ExtendedFixture.of(role)) {
            Subflow near = fixture.first(10);
            Subflow far = fixture.join(80);
            fixture.session.setBackup(near, true);
            assertThat(fixture.sendAndTransmit(5)).containsExactly("0: path 0 backup", "1: frame 10 of 5");

            fixture.fail(far);
            assertThat(fixture.transmit()).contains("0: frame 10 of 5");
            assertThat(fixture.sendAndTransmit(6)).contains("0: frame 11 of 6");
        }
    }

    @Test
    void shouldTakeABackupBack() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            fixture.join(80);
            fixture.session.setBackup(near, true);
            fixture.session.setBackup(near, false);

            // The newer word replaces the one that has not left.
            assertThat(fixture.sendAndTransmit(5)).containsExactly("0: path 0 available", "0: frame 10 of 5");
        }
    }

    @Requirement({"PATH-3", "PATH-6"})
    @Test
    void shouldHeedThePeersWord() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow far = fixture.join(80);
            fixture.receive(far, new PathStatusFrame(7, 0, true));
            assertThat(fixture.events()).containsExactly("0: STATUS_CHANGED");
            assertThat(fixture.sendAndTransmit(5)).containsExactly("1: frame 10 of 5");

            // An older word that was overtaken, and the same once more.
            fixture.receive(far, new PathStatusFrame(6, 0, false));
            fixture.receive(far, new PathStatusFrame(7, 0, false));
            assertThat(fixture.events()).isEmpty();
            assertThat(fixture.sendAndTransmit(5)).containsExactly("1: frame 11 of 5");

            fixture.receiveAck(far, 12, 2);
            fixture.receive(far, new PathStatusFrame(8, 0, false));
            assertThat(fixture.events()).containsExactly("0: STATUS_CHANGED");
            assertThat(fixture.sendAndTransmit(5)).containsExactly("0: frame 12 of 5");
        }
    }

    @Test
    void shouldKeepItsOwnWordWhenThePeerTakesItsOwnBack() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow near = fixture.first(10);
            fixture.join(80);
            fixture.session.setBackup(near, true);
            fixture.receive(near, new PathStatusFrame(1, 0, true));
            fixture.receive(near, new PathStatusFrame(2, 0, false));

            assertThat(near.isBackup()).isTrue();
        }
    }

    @Requirement("PATH-6")
    @Test
    void shouldUseABackupWhenTheOtherHasGoneStale() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow backup = fixture.join(80);
            fixture.session.setBackup(backup, true);
            fixture.sendAndTransmit(5);
            assertThat(fixture.run(250)).contains("1: frame 10 of 5");
        }
    }

    @Test
    void shouldUseBackupsWhenAllAre() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow only = fixture.first(10);
            fixture.session.setBackup(only, true);

            assertThat(fixture.sendAndTransmit(5)).contains("0: frame 10 of 5");
        }
    }

    @Requirement("PATH-5")
    @Test
    void shouldTellTheStatusOfANewSubflowOnlyWhenItsPeerHasLetItIn() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            client.first(10);
            JoinOffer offer = client.session.offerJoin();
            Subflow second = client.requested(offer);
            assertThatThrownBy(() -> client.session.setBackup(second, true)).isInstanceOf(IllegalStateException.class);
            client.receive(second, ExtendedFixture.challenge(ExtendedFixture.KEY, offer, bytes(16, 9)));
            client.session.setBackup(second, true);
            assertThat(client.transmit()).noneMatch(words -> words.contains("backup"));

            client.receive(second, ExtendedFixture.hello(0, 60_000, null));

            assertThat(client.transmit()).containsExactly("0: path 1 backup");
        }
    }

    @Requirement({"PATH-8", "ERR-17"})
    @Test
    void shouldIgnoreTheStatusAndTheEndOfAPathThatIsNotThere() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.first(10);
            String before = fixture.snapshot();
            fixture.receive(subflow, new PathStatusFrame(1, 5, true));
            fixture.receive(subflow, new PathCloseFrame(5, 0, ""));

            assertThat(fixture.snapshot()).isEqualTo(before);
            assertThat(fixture.events()).isEmpty();
        }
    }

    @Requirement("PATH-8")
    @Test
    void shouldTakeNoWordOfASubflowThatHasNotProvedItself() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            Subflow stranger = server.challenged(1, bytes(16, 1));
            JoinChallengeFrame challenge = server.sent(JoinChallengeFrame.class);
            server.receive(first, new PathStatusFrame(1, 1, true));
            server.receive(first, new PathCloseFrame(1, 0, ""));
            assertThat(server.events()).isEmpty();

            server.receive(stranger, ExtendedFixture.response(server.key(), 1, bytes(16, 1), challenge.serverNonce()));

            assertThat(server.events()).containsExactly("1: ADDED");
            assertThat(stranger.isBackup()).isFalse();
        }
    }

    @Test
    void shouldKnowNoBackupsInTheBaseProfile() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow subflow = fixture.freshSubflow();
            fixture.receive(subflow, ControlFrame.PONG);

            assertThatThrownBy(() -> fixture.session.setBackup(subflow, true))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Requirement("PATH-12")
    @Test
    void shouldNotForgetAStatusOverManyAddresses() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow near = server.first(10);
            Subflow far = server.join(80);
            server.session.setBackup(far, true);
            for (int id = 0; id < 200; id++) {
                server.session.announceAddress(id, new InetSocketAddress("127.0.0.1", 80));
                server.session.withdrawAddress(id);
            }
            assertThat(server.transmit()).hasSize(64).contains("0: path 1 backup", "0: no address 199");
            server.fail(near);

            // What the other has carried has to be told again.
            assertThat(server.transmit()).contains("1: path 1 backup");
        }
    }

    // ---- ends of paths

    @Test
    void shouldTellThePeerWhyItGaveASubflowUpAndNothingElseWhenItsChannelGoes() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            fixture.first(10);
            Subflow second = fixture.join(10);
            fixture.session.closeSubflow(second, PathCloseFrame.REMOVED, "not wanted", fixture.nowNanos());
            assertThat(fixture.events()).containsExactly("1: REMOVED");
            fixture.fail(second);

            assertThat(fixture.transmit()).contains("0: path 1 closed 0not wanted");
            fixture.fail(second);
            assertThat(fixture.transmit()).isEmpty();
            assertThat(fixture.events()).isEmpty();
        }
    }

    @Requirement("PATH-7")
    @Test
    void shouldCloseASubflowThatThePeerGaveUpAndRepeatElsewhereWhatItCarried() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow first = fixture.first(10);
            Subflow second = fixture.join(80);
            fixture.sendAndTransmit(5);
            fixture.receive(second, new PathCloseFrame(0, 300, "tired"));

            SessionEvent.OfSubflow event = (SessionEvent.OfSubflow) fixture.session.pollEvent();
            assertThat(event.kind()).isEqualTo(SessionEvent.OfSubflow.Kind.REMOVED);
            assertThat(event.subflow()).isSameAs(first);
            assertThat(event.cause()).isInstanceOf(PathClosedException.class);
            assertThat(fixture.transmit()).contains("1: frame 10 of 5").noneMatch(words -> words.contains("closed"));
        }
    }

    @Requirement("PATH-7")
    @Test
    void shouldCloseTheVerySubflowThatTheWordCameOn() {
        try (ExtendedFixture fixture = ExtendedFixture.server()) {
            Subflow only = fixture.first(10);
            fixture.receive(only, new PathCloseFrame(0, 0, ""));

            assertThat(fixture.events()).containsExactly("0: REMOVED", "SUSPENDED");
        }
    }

    @Requirement("PATH-12")
    @Test
    void shouldTellAgainWhatTheFailedSubflowCarriedWhenTheNextComes() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            server.announceOne();
            assertThat(server.transmit()).containsExactly("0: address 1 at 80");
            server.fail(first);
            Subflow second = server.joinAsClient(1);

            assertThat(server.transmit()).contains("1: address 1 at 80", "1: path 0 closed 1");
            assertThat(second.state()).isEqualTo(SubflowState.ACTIVE);
        }
    }

    @Test
    void shouldNotTellTheStatusOfASubflowThatHasGone() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            Subflow first = server.first(10);
            server.join(20);
            server.session.setBackup(first, true);
            server.fail(first);
            server.session.setBackup(first, false);

            assertThat(server.transmit()).noneMatch(words -> words.contains("backup") || words.contains("available"));
        }
    }

    // ---- addresses

    @Test
    void shouldAnnounceAndWithdraw() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            server.announceOne();
            assertThat(server.transmit()).containsExactly("0: address 1 at 80");
            long sequence = server.sent(AddAddressFrame.class).sequence();
            server.session.withdrawAddress(1);

            assertThat(server.transmit()).containsExactly("0: no address 1");
            assertThat(server.sent(RemoveAddressFrame.class).sequence()).isGreaterThan(sequence);
        }
    }

    @Test
    void shouldWaitWithAnnouncementsForTheClientsHello() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.announceOne();
            Subflow first = server.freshSubflow();
            server.transmit();
            server.receive(first, ControlFrame.EXTENDED);
            assertThat(server.transmit()).noneMatch(words -> words.contains("address"));
            server.receive(first, server.helloOfPeer(0));

            assertThat(server.transmit()).containsExactly("0: address 1 at 80");
        }
    }

    @Test
    void shouldLearnAddressesAndForgetThem() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(10);
            client.receive(subflow, add(1, 5, 81));
            client.receive(subflow, add(1, 5, 82));
            client.receive(subflow, add(2, 5, 81));
            assertThat(client.events()).containsExactly("81: ADDRESS_ADDED");
            client.receive(subflow, new RemoveAddressFrame(3, 5));
            client.receive(subflow, new RemoveAddressFrame(4, 5));
            client.receive(subflow, new RemoveAddressFrame(5, 6));

            assertThat(client.events()).containsExactly("81: ADDRESS_REMOVED");
        }
    }

    @Test
    void shouldReplaceAnAddressByAnotherOfTheSameName() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(10);
            client.receive(subflow, add(1, 5, 81));
            client.receive(subflow, add(2, 5, 82));

            assertThat(client.events())
                    .containsExactly("81: ADDRESS_ADDED", "81: ADDRESS_REMOVED", "82: ADDRESS_ADDED");
        }
    }

    @Requirement("PATH-3")
    @Test
    void shouldNotLearnAnAddressThatWasWithdrawnMeanwhile() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(10);
            client.receive(subflow, new RemoveAddressFrame(2, 5));
            client.receive(subflow, add(1, 5, 81));

            assertThat(client.events()).isEmpty();
        }
    }

    @Requirement({"PATH-4", "ERR-19", "LIM-6"})
    @Test
    void shouldKeepSixteenAddresses() {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow subflow = client.first(10);
            for (int i = 1; i <= 20; i++) {
                client.receive(subflow, add(i, i, 80 + i));
            }
            assertThat(client.events()).hasSize(16);
            client.receive(subflow, new RemoveAddressFrame(30, 3));
            client.receive(subflow, add(31, 40, 120));

            assertThat(client.events()).containsExactly("83: ADDRESS_REMOVED", "120: ADDRESS_ADDED");
        }
    }

    @Requirement("PATH-2")
    @Test
    void shouldCountAddressesAndStatusesTogetherFromOne() {
        try (ExtendedFixture server = ExtendedFixture.server()) {
            server.first(10);
            Subflow second = server.join(20);
            server.announceOne();
            server.transmit();
            assertThat(server.sent(AddAddressFrame.class).sequence()).isEqualTo(1);
            server.session.setBackup(second, true);
            server.transmit();
            assertThat(server.sent(PathStatusFrame.class).sequence()).isEqualTo(2);
            server.session.withdrawAddress(1);
            server.transmit();
            assertThat(server.sent(RemoveAddressFrame.class).sequence()).isEqualTo(3);
            server.announceOne();
            server.transmit();
            assertThat(server.sent(AddAddressFrame.class).sequence()).isEqualTo(4);
        }
    }

    @Requirement("PATH-3")
    @ParameterizedTest
    @ValueSource(longs = {0, 1, (1L << 62) - 1})
    void shouldHeedTheFirstWordOfEachIdWhateverItsNumber(long sequence) {
        try (ExtendedFixture client = ExtendedFixture.client()) {
            Subflow first = client.first(10);
            Subflow second = client.join(20);
            client.receive(first, new PathStatusFrame(sequence, 0, true));
            client.receive(first, new PathStatusFrame(sequence, second.pathId(), true));
            client.receive(first, add(sequence, 1, 81));
            client.receive(first, add(sequence, 2, 82));

            assertThat(client.events())
                    .containsExactly(
                            "0: STATUS_CHANGED", "1: STATUS_CHANGED", "81: ADDRESS_ADDED", "82: ADDRESS_ADDED");
            client.receive(first, new PathStatusFrame(sequence, 0, false));
            client.receive(first, new RemoveAddressFrame(sequence, 1));
            assertThat(client.events()).isEmpty();
        }
    }

    /** Its bytes may be paid for. */
    @Test
    void shouldPingABackupFourTimesAsSeldom() {
        try (ExtendedFixture fixture = ExtendedFixture.client()) {
            Subflow first = fixture.first(10);
            Subflow backup = fixture.join(10);
            fixture.session.setBackup(backup, true);
            int firstPings = 0;
            int backupPings = 0;
            for (int second = 0; second < 1_000; second++) {
                List<String> words = fixture.run(1_000);
                if (words.contains("0: ping")) {
                    firstPings++;
                    fixture.receive(first, ControlFrame.PONG);
                }
                if (words.contains("1: ping")) {
                    backupPings++;
                    fixture.receive(backup, ControlFrame.PONG);
                }
            }

            assertThat(firstPings).isBetween(40, 80);
            assertThat(backupPings).isBetween(10, 20);
        }
    }
}
