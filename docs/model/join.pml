/*
 * Joins: docs/PROTOCOL.md, 4.6. A server, a client that joins JOINS times, and an attacker between them and beside them, who
 * sees and forges everything but macs: those he can only repeat. He may open connections of his own, too.
 *
 * A mac is what it was made of: label, path id, client's nonce, server's nonce. Names are small numbers; fresh ones are counted.
 *
 * Checked in every state:
 *   JOIN-1 to JOIN-5   the server lets in only what the client has proved, for this very exchange;
 *   JOIN-3             the client proves nothing to who has not proved himself for this very exchange;
 *   JOIN-7             no path id is let in twice.
 *
 * Mutants, each of which has to be found: -DNO_LABEL (a server's proof is good as a client's), -DSTALE_NONCE (the server's nonce is
 * not fresh), -DNO_USED (path ids may be used again, with -DSTALE_NONCE).
 */
#ifndef JOINS
#define JOINS 2
#endif
#define EXCHANGES 3 /* of the server */
#define SERVER_LABEL 1
#ifdef NO_LABEL
#define CLIENT_LABEL 1
#else
#define CLIENT_LABEL 2
#endif

/* What the attacker has seen: macs by label, path id, client nonce, server nonce. */
bool seen[128];
#define MAC(label, id, cn, sn) (((label) - 1) * 64 + (id) * 16 + (cn) * 4 + (sn))

chan toServer = [0] of { byte, byte, byte };       /* exchange, path id, client nonce */
chan toServerProof = [0] of { byte, byte };        /* exchange, mac */
chan toClient = [0] of { byte, byte };             /* server nonce, mac */

bool asked[64];   /* the client has asked for: path id, nonce */
bool proved[64];  /* the client has made its mac for: path id, client nonce, server nonce */
bool challenged[64]; /* the server has made its mac for these */
bool used[4];
byte lets;

active proctype Client() {
    byte id = 1;
    byte sn, mac;
end:
    do
    :: id <= JOINS ->
        /* A fresh nonce for each join: the path id's number will do. The attacker learns it, and what comes then is his to choose. */
        asked[id * 4 + id] = true;
        if
        :: toClient?sn, mac ->
            if
            :: mac == MAC(SERVER_LABEL, id, id, sn) ->
                assert(challenged[id * 16 + id * 4 + sn]);
                proved[id * 16 + id * 4 + sn] = true;
                seen[MAC(CLIENT_LABEL, id, id, sn)] = true
            :: else /* closed */
            fi
        :: true /* lost */
        fi;
        id++
    :: id > JOINS -> break
    od
}

active proctype Server() {
    byte exchange = 0;
    byte id[EXCHANGES], cn[EXCHANGES], sn[EXCHANGES];
    bool open[EXCHANGES];
    byte which, mac, newId, newCn;
end:
    do
    :: exchange < EXCHANGES ->
        if
        :: toServer?which, newId, newCn ->
            atomic {
                id[exchange] = newId;
                cn[exchange] = newCn;
#ifdef STALE_NONCE
                sn[exchange] = 0;
#else
                sn[exchange] = exchange;
#endif
                open[exchange] = true;
                challenged[newId * 16 + newCn * 4 + sn[exchange]] = true;
                seen[MAC(SERVER_LABEL, newId, newCn, sn[exchange])] = true;
                exchange++
            }
        :: toServerProof?which, mac -> goto judge
        fi
    :: exchange == EXCHANGES -> toServerProof?which, mac -> goto judge
    od;
judge:
    atomic {
        if
        :: which < EXCHANGES && open[which] ->
            open[which] = false;
            if
#ifdef NO_USED
            :: mac == MAC(CLIENT_LABEL, id[which], cn[which], sn[which]) ->
#else
            :: mac == MAC(CLIENT_LABEL, id[which], cn[which], sn[which]) && !used[id[which]] ->
#endif
                assert(proved[id[which] * 16 + cn[which] * 4 + sn[which]]);
                assert(!used[id[which]]);
                used[id[which]] = true;
                lets++
            :: else
            fi
        :: else
        fi
    };
    goto end
}

active proctype Attacker() {
    byte id, cn, sn, mac;
end:
    do
    /* Any request that he likes: what the client has asked for, and what he makes up. */
    :: select(id: 1 .. 3); select(cn: 1 .. 3); toServer!0, id, cn
    /* Any mac that he has seen, to anybody. */
    :: select(mac: 0 .. 127);
        if
        :: seen[mac] ->
            if
            :: select(sn: 0 .. 2); toServerProof!sn, mac
            :: select(sn: 0 .. 2); toClient!sn, mac
            fi
        :: else
        fi
    od
}
