package dev.multipath.testsuite.attack;

import static dev.multipath.testsuite.attack.Attack.Spoken.BASE;
import static dev.multipath.testsuite.attack.Attack.Spoken.EXTENDED;
import static dev.multipath.testsuite.attack.Attack.Victim.SERVER;
import static dev.multipath.testsuite.attack.HostileSession.expectEcho;
import static dev.multipath.testsuite.attack.Wire.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;

/** Connections that want to belong to a session. */
final class JoinAttacks {

    private static final int MAX_SUBFLOWS = 16;

    private JoinAttacks() {}

    static List<Attack> all() {
        return List.of(
                new Attack(
                        "unproven-joins",
                        SERVER,
                        EXTENDED,
                        "200 connections name a session that is there, and prove nothing; its client joins meanwhile",
                        "who proves itself finds a place",
                        arena -> crowdOut(arena, connection -> {})),
                new Attack(
                        "unanswered-challenges",
                        SERVER,
                        EXTENDED,
                        "200 connections ask for a challenge and do not answer it; the session's client joins meanwhile",
                        "who proves itself finds a place",
                        arena -> crowdOut(
                                arena,
                                connection -> connection.send(Wire.joinRequest(Wire.MAX_VARINT, Wire.random(16))))),
                new Attack(
                        "unproven-megabytes",
                        SERVER,
                        EXTENDED,
                        "joins of a session that is there, each with a frame of 1 MiB but for its end, and no proof",
                        "nothing is kept of it",
                        JoinAttacks::fillUnproven),
                new Attack(
                        "wrong-mac",
                        SERVER,
                        EXTENDED,
                        "answers the challenge wrongly, in one bit or in all",
                        "JoinRefusedException; the session does not feel it",
                        arena -> {
                            HostileSession session = arena.session();
                            HostileSession.Challenge challenge = session.request(session.nextPathId());
                            byte[] mac = session.proof(challenge);
                            mac[31] ^= 1;
                            challenge.connection().send(Wire.joinResponse(mac));
                            arena.expectRefusedJoin(session, challenge.connection());
                        }),
                new Attack(
                        "mac-of-another-key",
                        SERVER,
                        EXTENDED,
                        "knows a session's name and has another session's key",
                        "refused; the session does not feel it",
                        arena -> {
                            HostileSession known = arena.session();
                            HostileSession own = arena.session();
                            HostileSession.Challenge challenge = known.request(known.nextPathId());
                            byte[] mac = Wire.mac(
                                    own.key,
                                    'C',
                                    known.connectionId,
                                    challenge.pathId(),
                                    challenge.clientNonce(),
                                    challenge.serverNonce());
                            challenge.connection().send(Wire.joinResponse(mac));
                            arena.expectRefusedJoin(known, challenge.connection());
                        }),
                new Attack(
                        "reflected-mac",
                        SERVER,
                        EXTENDED,
                        "answers with the server's own mac",
                        "refused: the label makes the difference",
                        arena -> {
                            HostileSession session = arena.session();
                            HostileSession.Challenge challenge = session.request(session.nextPathId());
                            challenge.connection().send(Wire.joinResponse(challenge.serverMac()));
                            arena.expectRefusedJoin(session, challenge.connection());
                        }),
                new Attack(
                        "replayed-join",
                        SERVER,
                        EXTENDED,
                        "says again, with the same nonce, what a good join has said",
                        "refused: the server's nonce is another one",
                        JoinAttacks::replay),
                new Attack(
                        "proof-of-another-connection",
                        SERVER,
                        EXTENDED,
                        "answers two challenges of one session, for one path id and nonce, each with the other's proof",
                        "both refused: the server's nonces are two",
                        arena -> {
                            HostileSession session = arena.session();
                            long path = session.nextPathId();
                            byte[] nonce = Wire.random(16);
                            HostileSession.Challenge one = session.request(path, nonce);
                            HostileSession.Challenge two = session.request(path, nonce);
                            one.connection().send(Wire.joinResponse(session.proof(two)), Wire.hello());
                            two.connection().send(Wire.joinResponse(session.proof(one)), Wire.hello());
                            one.connection().awaitEnd();
                            arena.expectRefusedJoin(session, two.connection());
                        }),
                new Attack(
                        "proof-for-another-path",
                        SERVER,
                        EXTENDED,
                        "proves another path id than it has asked for",
                        "refused",
                        arena -> {
                            HostileSession session = arena.session();
                            HostileSession.Challenge asked = session.request(session.nextPathId());
                            HostileSession.Challenge other = new HostileSession.Challenge(
                                    asked.connection(), 7, asked.clientNonce(), asked.serverNonce(), asked.serverMac());
                            asked.connection().send(Wire.joinResponse(session.proof(other)));
                            arena.expectRefusedJoin(session, asked.connection());
                        }),
                new Attack(
                        "used-path-id",
                        SERVER,
                        EXTENDED,
                        "joins with the path id of a subflow that is there, and of one that was",
                        "refused",
                        arena -> {
                            HostileSession session = arena.session();
                            try (Connection second = session.join(1)) {
                                Connection again = session.approach();
                                again.send(Wire.joinRequest(1, Wire.random(16)));
                                again.awaitEnd();
                                second.send(Wire.PING);
                                second.await(frame -> frame.isControl(1));
                            }
                            Connection again = session.approach();
                            again.send(Wire.joinRequest(1, Wire.random(16)));
                            arena.expectRefusedJoin(session, again);
                        }),
                new Attack(
                        "path-id-zero",
                        SERVER,
                        EXTENDED,
                        "joins with the first subflow's path id",
                        "refused: those of joins begin at 1",
                        arena -> {
                            HostileSession session = arena.session();
                            Connection joining = session.approach();
                            joining.send(Wire.joinRequest(0, Wire.random(16)));
                            arena.expectRefusedJoin(session, joining);
                        }),
                new Attack(
                        "greatest-path-id",
                        SERVER,
                        EXTENDED,
                        "joins with the greatest path id there is, so that no other is higher",
                        "its own session's business",
                        arena -> {
                            HostileSession session = arena.session();
                            session.join(Wire.MAX_VARINT);
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "response-before-request",
                        SERVER,
                        EXTENDED,
                        "begins a join with its end",
                        "closed; the session does not feel it",
                        arena -> beginWith(arena, Wire.joinResponse(new byte[32]))),
                new Attack(
                        "challenge-from-a-client",
                        SERVER,
                        EXTENDED,
                        "challenges the server",
                        "closed; the session does not feel it",
                        arena -> beginWith(arena, Wire.joinChallenge(new byte[16], new byte[32]))),
                new Attack(
                        "request-twice",
                        SERVER,
                        EXTENDED,
                        "asks for two challenges on a connection",
                        "closed; the session does not feel it",
                        arena -> beginWith(
                                arena, Wire.joinRequest(5, Wire.random(16)), Wire.joinRequest(6, Wire.random(16)))),
                new Attack(
                        "data-before-proof",
                        SERVER,
                        EXTENDED,
                        "sends data before it has proved anything",
                        "closed; nothing of it reaches the session",
                        arena -> beginWith(arena, Wire.data(FIRST, (byte) 1), Wire.data(FIRST + 1, (byte) 2))),
                new Attack(
                        "hello-before-proof",
                        SERVER,
                        EXTENDED,
                        "says HELLO before it has proved anything",
                        "closed; the session does not feel it",
                        arena -> beginWith(arena, Wire.hello(0, 0, 0))),
                new Attack(
                        "reset-before-proof",
                        SERVER,
                        EXTENDED,
                        "resets a session whose name it knows",
                        "closed; the session does not feel it",
                        arena -> beginWith(arena, Wire.reset(4, "going away"))),
                new Attack(
                        "pings-before-proof",
                        SERVER,
                        EXTENDED,
                        "pings without end on a connection that has proved nothing",
                        "not answered, or closed; the session does not feel it",
                        arena -> {
                            HostileSession session = arena.session();
                            Connection joining = session.approach();
                            joining.trySend(Wire.times(50_000, Wire.PING));
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "base-join-of-an-extended-session",
                        SERVER,
                        BASE,
                        "joins an extended session as a Go client would",
                        "ProfileMismatchException; the session does not feel it",
                        arena -> {
                            HostileSession session = arena.session();
                            Connection joining = arena.connect();
                            joining.send(
                                    Wire.preface(session.connectionId), Wire.PONG, Wire.data(FIRST, new byte[100]));
                            arena.expectRefusedJoin(session, joining);
                        }),
                new Attack(
                        "garbage-in-a-base-session",
                        SERVER,
                        BASE,
                        "joins a base session whose name it knows, and breaks every rule there",
                        "what it joined with is closed; the session goes on",
                        arena -> {
                            Connection first = arena.connect();
                            byte[] name = arena.baseSession(first);
                            expectEcho(first, FIRST);
                            arena.repeat(10, i -> {
                                Connection stranger = arena.connect();
                                stranger.send(Wire.preface(name), Wire.PING, Wire.header(1L << 40, 10 + i));
                                stranger.awaitEnd();
                            });
                            expectEcho(first, FIRST + 1);
                        }),
                new Attack(
                        "join-churn",
                        SERVER,
                        EXTENDED,
                        "joins and leaves, hundreds of times, in order or not",
                        "the session goes on",
                        arena -> {
                            HostileSession session = arena.session();
                            for (int i = 0; i < arena.scale().of(150, 3000); i++) {
                                Connection joined = session.join();
                                if (i % 2 == 0) {
                                    joined.reset();
                                } else {
                                    joined.close();
                                }
                            }
                            expectEcho(session.first, FIRST);
                        }),
                new Attack(
                        "too-many-subflows",
                        SERVER,
                        EXTENDED,
                        "joins one session, proven, more often than it may",
                        "the surplus is refused; the session goes on",
                        arena -> {
                            HostileSession session = arena.session();
                            int joined = 0;
                            for (int i = 0; i < 3 * MAX_SUBFLOWS; i++) {
                                try {
                                    session.join();
                                    joined++;
                                } catch (IOException refused) {
                                    // As it should be from some number on.
                                }
                            }
                            assertThat(joined).isBetween(1, MAX_SUBFLOWS);
                            session.first.send(Wire.PING);
                            session.first.await(frame -> frame.isControl(1));
                        }));
    }

    private static void beginWith(Arena arena, byte[]... words) throws Exception {
        HostileSession session = arena.session();
        Connection joining = session.approach();
        joining.trySend(words);
        arena.expectRefusedJoin(session, joining);
    }

    private static void replay(Arena arena) throws Exception {
        HostileSession session = arena.session();
        HostileSession.Challenge good = session.request(session.nextPathId());
        byte[] proof = session.proof(good);
        good.connection().send(Wire.joinResponse(proof), Wire.hello());
        good.connection().await(Wire.HELLO);
        // With the same path id it is refused for that; with the next, the server's nonce is what counts.
        HostileSession.Challenge again = session.request(session.nextPathId(), good.clientNonce());
        again.connection().send(Wire.joinResponse(proof), Wire.hello());
        arena.expectRefusedJoin(session, again.connection());
    }

    /** What a stranger says behind the switch. */
    private interface Words {
        void say(Connection connection) throws IOException;
    }

    /** Strangers hold whatever places there are for joins of a session, whose client needs one. */
    private static void crowdOut(Arena arena, Words words) throws Exception {
        HostileSession session = arena.session("127.0.0.7");
        arena.repeat(arena.scale().of(200, 1000), i -> {
            Connection stranger = arena.connect();
            stranger.send(Wire.preface(session.connectionId), Wire.EXTENDED);
            words.say(stranger);
        });
        Connection joined = session.join();
        session.first.close();
        expectEcho(joined, FIRST);
    }

    private static void fillUnproven(Arena arena) throws Exception {
        long before = arena.serverDirectBytes();
        int sessions = arena.scale().of(10, 40);
        for (int i = 0; i < sessions; i++) {
            HostileSession session = arena.session();
            arena.repeat(MAX_SUBFLOWS, j -> session.approach()
                    .send(
                            Wire.joinRequest(1 + j, Wire.random(16)),
                            Wire.header(Wire.MAX_DATA_PAYLOAD, FIRST),
                            new byte[Wire.MAX_DATA_PAYLOAD - 1]));
        }
        arena.expectUnprovenHoldLittle(before);
    }
}
