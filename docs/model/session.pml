/*
 * The end of a session of the extended profile, and its resumption: docs/PROTOCOL.md, 4.5 and 4.8.
 *
 * Two ends, each with a stream of LAST data frames and a FIN, and two subflows. The network loses a subflow, with what is on its
 * way, LOSSES times; each end notices when it likes. Frames may be sent on each subflow, so they are repeated and overtake each
 * other. Joins are those of join.pml and succeed at once here.
 *
 * Checked in every state that can be reached:
 *   END-4, END-14   an end that is over does not fail: FINISHED and UNKNOWN_SESSION never come to one that is not;
 *   END-2           who is over has a peer that has everything;
 *   END-13 to 18    when nothing can happen any more, both ends are over, and the client knows that the server knows (without
 *                   -DEXPIRY). A server that has not heard the client's last word remembers the session until its time is over.
 *
 * Mutants, each of which has to be found: -DNO_ACK_AHEAD (END-9), -DFORGETS (END-15), -DNO_REDIAL (END-18), -DFIN_UNHEARD (END-2: who
 * has written all but does not know that the FIN has come takes itself for over), -DNO_REPEAT (what was lost with a subflow is not
 * sent again).
 * With -DEXPIRY an end that has no subflow may give up, as when the resumption time is over; then only safety is checked. A peer that
 * comes back hears that nobody knows the session, and fails too, unless it is over.
 */
#ifndef LAST
#define LAST 1
#endif
#ifndef LOSSES
#define LOSSES 2
#endif
#define ALL (LAST + 1)
#ifdef FIN_UNHEARD
#define HEARD LAST
#else
#define HEARD ALL
#endif
/* Enough that the last dial is never the one that is lost: each loss, and each close in order, costs one of either slot. */
#define DIALS (LOSSES + 5)
#define CLIENT 0
#define SERVER 1
#define AT(e, s) ((e) * 2 + (s))
#define PEER(e) (1 - (e))

mtype = { FRAME, ACK, FINISHED, UNKNOWN };

chan wire[4] = [8] of { mtype, byte }; /* towards end e on subflow s: AT(e, s) */
bool alive[2];                         /* the subflow is there, or about to be closed in order */
bool writing[4];                       /* the end has not closed its side, nor noticed a loss */
byte sent[4];                          /* bits: frames that the end has sent on this subflow */

byte acked[2];    /* own frames that the peer has, in order */
byte received[2]; /* bits */
byte inOrder[2];
bool over[2];
bool left[2];      /* has said its last word */
bool confirmed[2]; /* has had a RESET from the peer */
bool failed[2];
byte losses;
byte dials;

inline say(e, s, what, number) {
    if
    :: alive[s] -> wire[AT(PEER(e), s)]!what(number)
    :: !alive[s]
    fi
}

inline closeSide(e, s) {
    writing[AT(e, s)] = false;
    if
    :: !writing[AT(PEER(e), s)] && empty(wire[AT(e, s)]) && empty(wire[AT(PEER(e), s)]) -> alive[s] = false
    :: writing[AT(PEER(e), s)] || nempty(wire[AT(e, s)]) || nempty(wire[AT(PEER(e), s)])
    fi
}

inline lastWord(e, s) {
    if
    :: writing[AT(e, s)] ->
#ifndef NO_ACK_AHEAD
        say(e, s, ACK, inOrder[e]);
#endif
        say(e, s, FINISHED, 0);
        closeSide(e, s)
    :: else
    fi
}

inline look(e) {
    if
    :: !over[e] && !failed[e] && acked[e] >= HEARD && inOrder[e] == ALL ->
        over[e] = true;
        assert(inOrder[PEER(e)] == ALL);
        lastWord(e, 0);
        lastWord(e, 1);
        left[e] = true
    :: else
    fi
}

inline take(e, s) {
    wire[AT(e, s)]?kind(number);
    if
    :: kind == FRAME && !failed[e] && !left[e] ->
        received[e] = received[e] | (1 << number);
        do
        :: inOrder[e] < ALL && (received[e] & (1 << inOrder[e])) -> inOrder[e]++
        :: else -> break
        od;
        if
        :: writing[AT(e, s)] -> say(e, s, ACK, inOrder[e])
        :: else
        fi;
        look(e)
    :: kind == ACK && !failed[e] ->
        if
        :: number > acked[e] -> acked[e] = number
        :: else
        fi;
        look(e)
    :: kind == FINISHED && !failed[e] ->
        assert(over[e]);
        confirmed[e] = true
    :: kind == UNKNOWN && !failed[e] ->
        assert(over[e] || failed[PEER(e)]);
        if
        :: over[e] -> confirmed[e] = true
        :: else -> failed[e] = true
        fi
    :: else
    fi;
    kind = FRAME;
    number = 0;
    if
    :: alive[s] && !writing[AT(e, s)] && !writing[AT(PEER(e), s)] && empty(wire[AT(e, s)]) && empty(wire[AT(PEER(e), s)]) ->
        alive[s] = false
    :: !alive[s] || writing[AT(e, s)] || writing[AT(PEER(e), s)] || nempty(wire[AT(e, s)]) || nempty(wire[AT(PEER(e), s)])
    fi
}

inline send(e, s) {
    select_frame = acked[e];
    do
    :: select_frame < LAST && (sent[AT(e, s)] & (1 << select_frame)) -> select_frame++
    :: else -> break
    od;
    if
    :: !(sent[AT(e, s)] & (1 << select_frame)) ->
        sent[AT(e, s)] = sent[AT(e, s)] | (1 << select_frame);
        say(e, s, FRAME, select_frame)
    :: else
    fi;
    select_frame = 0
}

#define CAN_SEND(e, s) (writing[AT(e, s)] && !left[e] && !failed[e] && acked[e] < ALL \
    && ((sent[AT(e, s)] >> acked[e]) != ((1 << (ALL - acked[e])) - 1)))
#define IS_FREE(s) (!alive[s] && !writing[AT(CLIENT, s)] && !writing[AT(SERVER, s)])

/* A join that is let in. A server that remembers an end answers with its last word; one that has forgotten, that it knows nothing. */
inline dial(s) {
    dials++;
    alive[s] = true;
#ifdef NO_REPEAT
    sent[AT(CLIENT, s)] = sent[AT(CLIENT, 0)] | sent[AT(CLIENT, 1)];
    sent[AT(SERVER, s)] = sent[AT(SERVER, 0)] | sent[AT(SERVER, 1)];
#else
    sent[AT(CLIENT, s)] = 0;
    sent[AT(SERVER, s)] = 0;
#endif
    writing[AT(CLIENT, s)] = true;
    writing[AT(SERVER, s)] = true;
    if
#ifdef FORGETS
    :: left[SERVER] ->
#else
    :: failed[SERVER] || (left[SERVER] && confirmed[SERVER]) ->
#endif
        say(SERVER, s, UNKNOWN, 0);
        closeSide(SERVER, s)
    :: else ->
        if
        :: left[SERVER] -> lastWord(SERVER, s)
        :: else
        fi
    fi;
    if
    :: left[CLIENT] -> lastWord(CLIENT, s)
    :: else
    fi
}

#ifdef NO_REDIAL
#define WANTS_SUBFLOW (!failed[CLIENT] && !left[CLIENT])
#else
#define WANTS_SUBFLOW (!failed[CLIENT] && !(left[CLIENT] && confirmed[CLIENT]))
#endif

active [2] proctype End() {
    byte e = _pid;
    mtype kind = FRAME;
    byte number = 0;
    byte select_frame = 0;
end:
    do
    :: atomic { nempty(wire[AT(e, 0)]) -> take(e, 0) }
    :: atomic { nempty(wire[AT(e, 1)]) -> take(e, 1) }
    :: atomic { CAN_SEND(e, 0) -> send(e, 0) }
    :: atomic { CAN_SEND(e, 1) -> send(e, 1) }
    /* A loss is noticed, or the other side's close in order, behind all that came before it. */
    :: atomic { writing[AT(e, 0)] && (!alive[0] || (!writing[AT(PEER(e), 0)] && empty(wire[AT(e, 0)]))) -> closeSide(e, 0) }
    :: atomic { writing[AT(e, 1)] && (!alive[1] || (!writing[AT(PEER(e), 1)] && empty(wire[AT(e, 1)]))) -> closeSide(e, 1) }
    :: atomic { e == CLIENT && WANTS_SUBFLOW && dials < DIALS && IS_FREE(0) -> dial(0) }
    :: atomic { e == CLIENT && WANTS_SUBFLOW && dials < DIALS && IS_FREE(1) -> dial(1) }
#ifdef EXPIRY
    :: atomic { !failed[e] && !over[e] && !writing[AT(e, 0)] && !writing[AT(e, 1)] && dials > 0 -> failed[e] = true }
#endif
    od
}

inline lose(s) {
    losses++;
    alive[s] = false;
    do
    :: nempty(wire[AT(CLIENT, s)]) -> wire[AT(CLIENT, s)]?_, _
    :: empty(wire[AT(CLIENT, s)]) -> break
    od;
    do
    :: nempty(wire[AT(SERVER, s)]) -> wire[AT(SERVER, s)]?_, _
    :: empty(wire[AT(SERVER, s)]) -> break
    od
}

active proctype Network() {
end:
    do
    :: atomic { alive[0] && losses < LOSSES -> lose(0) }
    :: atomic { alive[1] && losses < LOSSES -> lose(1) }
    od
}

active proctype Judge() {
end:
    do
    :: timeout ->
#ifndef EXPIRY
        assert(over[CLIENT] && over[SERVER]);
        assert(confirmed[CLIENT]);
#endif
        break
    od
}
