package dev.multipath.testsuite.attack;

import java.util.Arrays;
import java.util.List;

/** All attacks, by what is attacked: each list has a test of its own, and a JVM, as they take long one after the other. */
final class AttackList {

    /** Who asks for a place: handshakes, joins, crowds. */
    static final List<Attack> ON_PLACES = list(HandshakeAttacks.all(), JoinAttacks.all(), PlaceAttacks.all());

    /** Within a session that an attacker has. */
    static final List<Attack> ON_SESSIONS =
            list(FrameAttacks.all(), FlowAttacks.all(), MemoryAttacks.all(), CutAttacks.all(), OrderAttacks.all());

    /** On who has come to an attacker's server. */
    static final List<Attack> ON_CLIENTS =
            list(ServerSpeaksAttacks.all(), ServerSessionAttacks.all(), ServerCutsAttacks.all());

    private AttackList() {}

    @SafeVarargs
    private static List<Attack> list(List<Attack>... lists) {
        return Arrays.stream(lists).flatMap(List::stream).toList();
    }

    static List<Attack> all() {
        return list(ON_PLACES, ON_SESSIONS, ON_CLIENTS);
    }
}
