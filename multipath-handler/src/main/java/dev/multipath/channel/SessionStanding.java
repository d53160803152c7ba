package dev.multipath.channel;

import dev.multipath.admission.Place;
import dev.multipath.admission.Places;
import dev.multipath.admission.Shortage;
import dev.multipath.admission.Standing;
import dev.multipath.session.MultipathSession;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What an accepted session has shown of itself, and what it has earned by that: the time for which it may be at rest,
 * or without any subflow, before a newcomer may take its place. Runs on the session's event loop, but for {@link
 * #leave}.
 *
 * <p>It earns a second for each that it has had a subflow and each 4 KiB that it has carried, either way, whichever
 * is less. Both count, since either alone is cheap: a burst of bytes, or idle connections. So who opens many sessions
 * fast earns nothing, and a minute and 240 KiB are worth the usual resumption time. When all is used up, it still
 * stands above those that have carried less.
 *
 * <p>This shortens the resumption time only under pressure. Without newcomers who find no place a session costs
 * nothing, and who loses his only path right after connecting is as honest as anybody; with them, what was opened and
 * dropped has to go first. HELLO announces the whole time, as the longest; who comes back later than he is kept hears
 * {@code UNKNOWN_SESSION}, as from a server that was restarted.
 *
 * <p>The places are told when something has changed enough, by an eighth of what was earned: so a session that
 * carries takes the lock around all places a few times a second, and not at each frame. That a protection has ended
 * is noticed when a place is wanted.
 */
final class SessionStanding {

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long BYTES_PER_SECOND = 4 << 10;

    /** From here to 4 MiB. What is sent before it is dropped by who wants places only is less. */
    private static final long WORTH_UNIT_BYTES = 256;

    /** More would overflow, and is worth three weeks. */
    private static final long MAX_CARRIED_BYTES = 8L << 30;

    /** What is worth less than this has been carried by anybody who tried. */
    private static final long WORTHWHILE_NANOS = SECOND_NANOS;

    /**
     * The places hear of traffic when they have to know: not at each byte, but often enough to err by an eighth. What is earned
     * below that is nothing.
     */
    private static final long MIN_NEWS_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int NEWS_SHARE = 8;

    private final Places places;

    /** Set once, before anybody else knows the session. */
    private Place place;

    private boolean connected;
    private long sinceNanos;
    private long connectedNanos;

    private long carriedBytes;
    private long carriedAtNanos;
    private long earnedNanos;

    private Standing rest = Standing.ASKED;
    private int worth;
    private long protectedUntilNanos;

    SessionStanding(Places places) {
        this.places = places;
    }

    void hold(Place newPlace) {
        place = newPlace;
    }

    /** What its subflows hold of that which may be short. Any thread. */
    void holdResources(Set<Shortage> what) {
        if (place != null) {
            places.hold(place, what);
        }
    }

    /** The session is over. Any thread. */
    void leave() {
        if (place != null) {
            places.leave(place);
        }
    }

    /** What it has at present, by its traffic as far as that was told; null if it has no place. Any thread. */
    Standing standing() {
        return places.standing(place);
    }

    /** Whether it has not used up yet what it has earned. */
    boolean isProtected(long nowNanos) {
        return nowNanos < protectedUntilNanos;
    }

    /** Something has happened to the session. */
    void update(MultipathSession session, long nowNanos) {
        boolean nowConnected = !session.subflows().isEmpty();
        if (nowConnected != connected) {
            connectedNanos += connected ? nowNanos - sinceNanos : 0;
            connected = nowConnected;
            sinceNanos = nowNanos;
        }
        long nowCarriedBytes = session.carriedBytes();
        if (nowCarriedBytes != carriedBytes) {
            carriedBytes = nowCarriedBytes;
            carriedAtNanos = nowNanos;
            // Only then: time alone earns nothing.
            earnedNanos = earnedNanos(nowNanos);
        }
        Standing newRest = rest(session);
        int newWorth = worth(carriedBytes);
        // Who is at rest uses up what it has earned from its last byte on; who has lost all subflows, from then on.
        long newUntilNanos = (session.isSuspended() ? sinceNanos : carriedAtNanos) + earnedNanos;
        boolean news = newUntilNanos - protectedUntilNanos > Math.max(MIN_NEWS_NANOS, earnedNanos / NEWS_SHARE);
        if (newRest != rest || newWorth != worth || news) {
            rest = newRest;
            worth = newWorth;
            protectedUntilNanos = newUntilNanos;
            places.update(place, newRest, newWorth, newUntilNanos, nowNanos);
        }
    }

    private long earnedNanos(long nowNanos) {
        long livedNanos = connectedNanos + (connected ? nowNanos - sinceNanos : 0);
        long carriedNanos = Math.min(carriedBytes, MAX_CARRIED_BYTES) * SECOND_NANOS / BYTES_PER_SECOND;
        long nanos = Math.min(livedNanos, carriedNanos);
        return nanos < MIN_NEWS_NANOS ? 0 : nanos;
    }

    /** By powers of two: who has carried more, if only a little, has put more into it. */
    private static int worth(long bytes) {
        long units = bytes / WORTH_UNIT_BYTES;
        return units == 0 ? 0 : Math.min(Places.MAX_WORTH, Long.SIZE - Long.numberOfLeadingZeros(units));
    }

    private Standing rest(MultipathSession session) {
        boolean worthwhile = earnedNanos >= WORTHWHILE_NANOS;
        if (session.isSuspended()) {
            return worthwhile ? Standing.SUSPENDED : Standing.VANISHED;
        }
        if (!session.isDecided()) {
            return Standing.ASKED;
        }
        return worthwhile ? Standing.IDLE : Standing.GREETED;
    }
}
