package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The peer's addresses, whose words may overtake each other. */
class PeerAddressesTest {

    private final PeerAddresses addresses = new PeerAddresses();
    private final List<String> told = new ArrayList<>();

    private void word(long id, long sequence, int port) {
        addresses.onWord(
                id,
                sequence,
                port == 0 ? null : InetSocketAddress.createUnresolved("host", port),
                added -> told.add("+" + added.getPort()),
                removed -> told.add("-" + removed.getPort()));
    }

    @Test
    void shouldHeedTheNewestWordOnly() {
        word(1, 5, 80);
        word(1, 4, 0);
        word(1, 5, 81);
        assertThat(told).containsExactly("+80");

        word(1, 6, 0);
        word(1, 5, 80);
        assertThat(told).containsExactly("+80", "-80");
    }

    @Test
    void shouldTellOfAnAddressOnceThoughTwoIdsHaveIt() {
        word(1, 1, 80);
        word(2, 2, 80);
        assertThat(told).containsExactly("+80");

        word(1, 3, 0);
        assertThat(told).containsExactly("+80");
        word(2, 4, 0);
        assertThat(told).containsExactly("+80", "-80");
    }

    @Test
    void shouldTellOfAChangeFirstWhatIsGone() {
        word(1, 1, 80);
        word(1, 2, 81);

        assertThat(told).containsExactly("+80", "-80", "+81");
    }

    @Test
    void shouldListenToSixteen() {
        for (int id = 1; id <= PeerAddresses.MAX_ADDRESSES + 1; id++) {
            word(id, id, id);
        }
        assertThat(told).hasSize(PeerAddresses.MAX_ADDRESSES).doesNotContain("+17");
    }

    /** A withdrawal is remembered so that what it withdraws cannot come behind it; the oldest of these makes room. */
    @Test
    void shouldForgetTheOldestWithdrawalFirst() {
        for (int id = 1; id <= PeerAddresses.MAX_ADDRESSES; id++) {
            word(id, id, id);
        }
        word(3, 20, 0);
        word(2, 21, 0);
        told.clear();

        word(50, 30, 50);
        assertThat(told).containsExactly("+50");
        word(2, 19, 2);
        assertThat(told).as("the withdrawal of 2 is still known").containsExactly("+50");
        word(51, 31, 51);
        assertThat(told).containsExactly("+50", "+51");
        word(52, 32, 52);
        assertThat(told).as("nothing is withdrawn any more").containsExactly("+50", "+51");
    }
}
