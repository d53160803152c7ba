package dev.multipath.testsuite.attack;

import java.util.List;

/** All attacks, by what is attacked: each list has a test of its own, and a JVM, as they take long one after the other. */
final class AttackList {

    /** Who asks for a place: handshakes, joins, crowds. */
    static final List<Attack> ON_PLACES = list(List.of(HandshakeAttacks.all(), JoinAttacks.all(), PlaceAttacks.all()));

    /** Within a session that an attacker has. */
    static final List<Attack> ON_SESSIONS = list(
            List.of(FrameAttacks.all(), FlowAttacks.all(), MemoryAttacks.all(), CutAttacks.all(), OrderAttacks.all()));

    /** On who has come to an attacker's server. */
    static final List<Attack> ON_CLIENTS =
            list(List.of(ServerSpeaksAttacks.all(), ServerSessionAttacks.all(), ServerCutsAttacks.all()));

    private AttackList() {}

    private static List<Attack> list(List<List<Attack>> lists) {
        return lists.stream().flatMap(List::stream).toList();
    }

    static List<Attack> all() {
        return list(List.of(ON_PLACES, ON_SESSIONS, ON_CLIENTS));
    }
}
