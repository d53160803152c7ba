package dev.multipath.testsuite.attack;

import java.util.List;
import java.util.stream.Stream;

/** All attacks, by what is attacked: each list has a test of its own, and a JVM, as they take long one after the other. */
final class AttackList {

    /** Who asks for a place: handshakes, joins, crowds. */
    static final List<Attack> ON_PLACES = list(HandshakeAttacks.all(), JoinAttacks.all(), PlaceAttacks.all());

    /** Within a session that an attacker has. */
    static final List<Attack> ON_SESSIONS = list(FrameAttacks.all(), FlowAttacks.all(), MemoryAttacks.all());

    /** On who has come to an attacker's server. */
    static final List<Attack> ON_CLIENTS = list(ServerSpeaksAttacks.all(), ServerSessionAttacks.all(), List.of());

    private AttackList() {}

    private static List<Attack> list(List<Attack> one, List<Attack> two, List<Attack> three) {
        return Stream.of(one, two, three).flatMap(List::stream).toList();
    }

    static List<Attack> all() {
        return list(ON_PLACES, ON_SESSIONS, ON_CLIENTS);
    }
}
