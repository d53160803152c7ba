/*
 * Joins, resumption and the wrong process: docs/PROTOCOL.md, 4.6, 4.8 and 10. A client that joins JOINS times; the server that
 * has its session; another server behind the same address; and an attacker on the way and beside it, who sees all, decides where
 * and when everything arrives, opens connections of his own, and says anything but macs: those he can only repeat.
 *
 * A mac is what it was made of: label, path id, client's nonce, server's nonce. Names are small numbers, and fresh ones are
 * counted; 0 is a nonce of the attacker's. He says no RESET here: who is on the way of a suspended session can end it (section 7).
 *
 * Checked in every state:
 *   JOIN-3, JOIN-4     the client proves itself only to the server that has its session, for this very exchange;
 *   JOIN-9, RES-2      the server lets in only what the client has proved, for this very exchange: so nobody else resumes it;
 *   JOIN-7, JOIN-8     no path id is let in twice; and one that was not used is let in, in whatever order they come;
 *   NAME-4, NAME-5     the client gives the session up only when its server has: no other process can make it do so;
 *   RES-7              and, with -DNO_IDS, where servers cannot tell names apart, not while it has another subflow.
 *
 * Mutants, each of which has to be found: -DNO_LABEL (a server's proof is good as a client's), -DTRUSTING (the client does not
 * look at the server's proof), -DUNPROVEN (nor the server at the client's), -DSTALE_NONCE -DNO_USED (the server's nonce is not
 * fresh, and path ids may be used again), -DIN_ORDER (a lower path id is refused), -DSAYS_UNKNOWN (the other server calls the
 * session unknown), -DWRONG_IS_END (the client takes the other server's word for the end), -DNO_IDS -DUNKNOWN_IS_END.
 */
#ifndef JOINS
#define JOINS 2
#endif
#ifndef EXCHANGES
#define EXCHANGES 3 /* of the server */
#endif
#define SERVER_LABEL 0
#ifdef NO_LABEL
#define CLIENT_LABEL 0
#else
#define CLIENT_LABEL 1
#endif

#define NONCES 4 /* more than JOINS and EXCHANGES */
#define TRIPLE(id, cn, sn) (((id) * NONCES + (cn)) * NONCES + (sn))
#define TRIPLES ((JOINS + 1) * NONCES * NONCES)
#define MAC(label, id, cn, sn) ((label) * TRIPLES + TRIPLE(id, cn, sn))

#define IDLE 0
#define ASKED 1
#define ACTIVE 2
#define GONE 3
#define CHALLENGED 1

bool seen[2 * TRIPLES];    /* macs that the attacker has seen */
bool challenged[TRIPLES];  /* the server has made its mac for these */
bool proved[TRIPLES];      /* the client has made its mac for these */

byte attempt[JOINS + 1];   /* the client's, by path id, which is its nonce too */
byte attempts;
bool other = true;         /* the client's first subflow */
bool ended;                /* the client has given the session up */

byte exchange[EXCHANGES];  /* the server's */
byte exchangeId[EXCHANGES];
byte exchangeCn[EXCHANGES];
byte exchanges;
bool used[JOINS + 1];
byte highestUsed;
byte members = 1;          /* subflows that the server knows of: the first one, and those that have joined */
bool known = true;         /* the server has the session */

#ifdef STALE_NONCE
#define SERVER_NONCE(x) 1
#else
#define SERVER_NONCE(x) ((x) + 1)
#endif

inline giveUp() {
#ifdef NO_IDS
    assert(!other && attempt[1] != ACTIVE && attempt[JOINS] != ACTIVE);
#else
    assert(!known);
#endif
    ended = true
}

inline hearUnknown(id) {
    attempt[id] = GONE;
    if
#ifndef UNKNOWN_IS_END
    :: other || attempt[1] == ACTIVE || attempt[JOINS] == ACTIVE -> skip
#endif
    :: else -> giveUp()
    fi
}

inline hearWrongServer(id) {
    attempt[id] = GONE;
#ifdef WRONG_IS_END
    giveUp();
#endif
}

/* A CHALLENGE comes to the client: whatever the attacker likes to make of nonces and macs that he has seen. */
inline hearChallenge(id, sn, mac) {
    if
#ifdef TRUSTING
    :: true ->
#else
    :: mac == MAC(SERVER_LABEL, id, id, sn) ->
#endif
        assert(challenged[TRIPLE(id, id, sn)]);
        attempt[id] = ACTIVE;
        proved[TRIPLE(id, id, sn)] = true;
        seen[MAC(CLIENT_LABEL, id, id, sn)] = true
    :: else -> attempt[id] = GONE
    fi
}

inline hearRequest(id, cn) {
    exchange[exchanges] = CHALLENGED;
    exchangeId[exchanges] = id;
    exchangeCn[exchanges] = cn;
    challenged[TRIPLE(id, cn, SERVER_NONCE(exchanges))] = true;
    seen[MAC(SERVER_LABEL, id, cn, SERVER_NONCE(exchanges))] = true;
    exchanges++
}

#ifdef UNPROVEN
#define IS_PROVEN(x, mac) true
#else
#define IS_PROVEN(x, mac) (mac == MAC(CLIENT_LABEL, exchangeId[x], exchangeCn[x], SERVER_NONCE(x)))
#endif
#ifdef NO_USED
#define MAY_USE(id) true
#else
#ifdef IN_ORDER
#define MAY_USE(id) (!used[id] && id > highestUsed)
#else
#define MAY_USE(id) (!used[id])
#endif
#endif

inline hearResponse(x, mac) {
    if
    :: IS_PROVEN(x, mac) && MAY_USE(exchangeId[x]) ->
        assert(proved[TRIPLE(exchangeId[x], exchangeCn[x], SERVER_NONCE(x))]);
        assert(!used[exchangeId[x]]);
        used[exchangeId[x]] = true;
        if
        :: exchangeId[x] > highestUsed -> highestUsed = exchangeId[x]
        :: else
        fi;
        exchange[x] = ACTIVE;
        members++
    :: else ->
        assert(!IS_PROVEN(x, mac) || used[exchangeId[x]]);
        exchange[x] = GONE
    fi
}

active proctype World() {
    byte id = 0;
    byte cn = 0;
    byte sn = 0;
    byte x = 0;
    byte mac = 0;
end:
    do
    /* The client asks for a subflow, and hears on it from whoever has got it. */
    :: atomic { !ended && attempts < JOINS -> attempts++; attempt[attempts] = ASKED }
    :: atomic {
            !ended -> select(id: 1 .. JOINS);
            if
            :: attempt[id] == ASKED ->
                if
                :: attempt[id] = GONE /* lost, or not answered in time */
                :: !known -> hearUnknown(id)
#if defined(SAYS_UNKNOWN) || defined(NO_IDS)
                :: hearUnknown(id) /* of the other server */
#else
                :: hearWrongServer(id) /* of the other server */
#endif
                :: select(sn: 0 .. EXCHANGES); select(mac: 0 .. 2 * TRIPLES - 1);
                    if
                    :: seen[mac] -> hearChallenge(id, sn, mac)
                    :: else
                    fi
                fi
            :: attempt[id] == ACTIVE -> attempt[id] = GONE
            :: else
            fi;
            id = 0; sn = 0; mac = 0
        }
    :: atomic { other -> other = false }

    /* The server hears what the attacker lets through, and what he makes up. */
    :: atomic {
            known && exchanges < EXCHANGES -> select(id: 1 .. JOINS); select(cn: 0 .. JOINS);
            hearRequest(id, cn);
            id = 0; cn = 0
        }
    :: atomic {
            known -> select(x: 0 .. EXCHANGES - 1); select(mac: 0 .. 2 * TRIPLES - 1);
            if
            :: exchange[x] == CHALLENGED && seen[mac] -> hearResponse(x, mac)
            :: else
            fi;
            x = 0; mac = 0
        }
    /* It loses subflows, and the session when it has been without any for its time. */
    :: atomic { known && members > 0 -> members-- }
    :: atomic { known && members == 0 -> known = false }
    od
}
