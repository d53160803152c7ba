package dev.multipath.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who gets a place, and who loses his. */
class PlacesTest {

    private static final int NO_QUOTA = Integer.MAX_VALUE;

    private final Places places = new Places(Shortage.SESSIONS);
    private final List<String> evicted = new ArrayList<>();
    private final List<Shortage> reasons = new ArrayList<>();
    private long nowNanos = 1000;

    private Place place(String source, String name) {
        return new Place(source, why -> {
            evicted.add(name);
            reasons.add(why);
        });
    }

    private Place enter(String source, String name, Standing standing, int limit, int quota) {
        Place place = place(source, name);
        assertThat(places.enter(place, standing, limit, quota, nowNanos))
                .as(name)
                .isNull();
        return place;
    }

    @Test
    void shouldTakeThePlaceOfTheOldest() {
        for (int i = 0; i < 5; i++) {
            enter("a", "a" + i, Standing.ASKED, 3, NO_QUOTA);
        }
        assertThat(evicted).containsExactly("a0", "a1");
        assertThat(reasons).containsOnly(Shortage.SESSIONS);
        assertThat(places.size()).isEqualTo(3);
    }

    @Test
    void shouldTakeThePlaceOfTheLeastProvenHoweverYoung() {
        Place first = enter("a", "first", Standing.CONNECTED, 3, NO_QUOTA);
        places.update(first, Standing.SPEAKING, 0, 0, nowNanos);
        Place second = enter("a", "second", Standing.CONNECTED, 3, NO_QUOTA);
        places.update(second, Standing.SECURED, 0, 0, nowNanos);
        enter("a", "silent", Standing.CONNECTED, 3, NO_QUOTA);
        enter("a", "newcomer", Standing.SECURED, 3, NO_QUOTA);
        enter("a", "another", Standing.SECURED, 3, NO_QUOTA);
        assertThat(evicted).containsExactly("silent", "first");
    }

    @Test
    void shouldTakeThePlaceOfWhoIsWorthLessThanOthersOfItsStanding() {
        Place first = enter("a", "first", Standing.GREETED, 2, NO_QUOTA);
        places.update(first, Standing.GREETED, Places.MAX_WORTH, 0, nowNanos);
        Place second = enter("a", "second", Standing.GREETED, 2, NO_QUOTA);
        places.update(second, Standing.GREETED, 1, 0, nowNanos);
        enter("b", "third", Standing.IDLE, 2, NO_QUOTA);
        enter("b", "fourth", Standing.IDLE, 2, NO_QUOTA);
        assertThat(evicted).containsExactly("second", "first");
    }

    @Test
    void shouldTakeFromWhomeverOfSeveralHasShownTheLeast() {
        Places elsewhere = new Places(Shortage.SESSIONS);
        List<Places> all = List.of(places, elsewhere);
        hold(places, Standing.GREETED, "a", "idle");
        hold(elsewhere, Standing.GREETED, "b", "first", "second", "third");
        hold(elsewhere, Standing.IDLE, "b", "last");
        hold(places, Standing.ASKED, "a", "newest");
        while (Places.evictLeast(all, Shortage.MEMORY, nowNanos)) {
            assertThat(reasons).containsOnly(Shortage.MEMORY);
        }
        assertThat(evicted.subList(0, 3)).containsExactly("newest", "first", "second");
        assertThat(evicted.subList(3, 5)).containsExactlyInAnyOrder("third", "idle");
        assertThat(evicted.get(5)).isEqualTo("last");
    }

    private void hold(Places of, Standing standing, String source, String... names) {
        for (String name : names) {
            Place place = place(source, name);
            of.enter(place, standing, NO_QUOTA, NO_QUOTA, nowNanos);
            of.hold(place, Set.of(Shortage.MEMORY));
        }
    }

    @Test
    void shouldTakeFromTheSourceThatHasTheMost() {
        enter("honest", "honest", Standing.GREETED, 10, NO_QUOTA);
        for (int i = 0; i < 100; i++) {
            enter("attacker", "attacker" + i, Standing.GREETED, 10, NO_QUOTA);
            enter("accomplice", "accomplice" + i, Standing.GREETED, 10, NO_QUOTA);
        }
        assertThat(evicted).doesNotContain("honest").hasSize(191);
    }

    @Test
    void shouldTakeTheOldestOfManySourcesWithOneEach() {
        for (int i = 0; i < 6; i++) {
            enter("source" + i, "" + i, Standing.ASKED, 4, NO_QUOTA);
        }
        assertThat(evicted).containsExactly("0", "1");
        assertThat(places.sources()).isEqualTo(4);
    }

    @Requirement("LIM-10")
    @Test
    void shouldRefuseTheNewcomerIfAllHaveEarnedTheirPlaces() {
        Place one = enter("a", "one", Standing.ASKED, 2, NO_QUOTA);
        places.update(one, Standing.IDLE, 0, nowNanos + 100, nowNanos);
        Place two = enter("b", "two", Standing.ASKED, 2, NO_QUOTA);
        places.update(two, Standing.SUSPENDED, 0, nowNanos + 50, nowNanos);
        Place newcomer = place("c", "newcomer");
        assertThat(places.enter(newcomer, Standing.ASKED, 2, NO_QUOTA, nowNanos))
                .isEqualTo(Shortage.SESSIONS);
        assertThat(places.standing(newcomer)).isNull();
        places.hold(one, Set.of(Shortage.DESCRIPTORS));
        assertThat(places.evictLeast(Shortage.DESCRIPTORS, nowNanos)).isFalse();
        assertThat(evicted).isEmpty();

        nowNanos += 50;
        enter("c", "third", Standing.ASKED, 2, NO_QUOTA);
        assertThat(evicted).containsExactly("two");
    }

    /** The end of anybody else would be for nothing. */
    @Test
    void shouldTakeThePlaceOfTheLeastProvenOfThoseWhoHoldWhatIsShort() {
        enter("a", "nothing", Standing.VANISHED, 9, NO_QUOTA);
        Place socket = enter("a", "socket", Standing.ASKED, 9, NO_QUOTA);
        places.hold(socket, Set.of(Shortage.DESCRIPTORS));
        Place both = enter("a", "both", Standing.IDLE, 9, NO_QUOTA);
        places.hold(both, Set.of(Shortage.DESCRIPTORS, Shortage.MEMORY));
        Place memory = place("b", "memory");
        places.hold(memory, Set.of(Shortage.MEMORY));
        places.enter(memory, Standing.GREETED, 9, NO_QUOTA, nowNanos);
        assertThat(places.holders(Shortage.MEMORY)).isEqualTo(2);

        for (int i = 0; i < 3; i++) {
            places.evictLeast(Shortage.MEMORY, nowNanos);
        }
        assertThat(evicted).containsExactly("memory", "both");
        assertThat(reasons).containsOnly(Shortage.MEMORY);
        places.hold(socket, Set.of(Shortage.MEMORY));
        assertThat(places.evictLeast(Shortage.DESCRIPTORS, nowNanos)).isFalse();
        places.leave(socket);
        assertThat(places.evictLeast(Shortage.MEMORY, nowNanos)).isFalse();
        assertThat(places.holders(Shortage.MEMORY)).isZero();
        assertThat(places.size()).isEqualTo(1);
    }

    @Test
    void shouldTakeFromWhoExceedsHisQuotaAndNotFromOthers() {
        enter("other", "other", Standing.VANISHED, 3, 2);
        Place best = enter("a", "best", Standing.ASKED, 3, 2);
        places.update(best, Standing.GREETED, 0, 0, nowNanos);
        enter("a", "a1", Standing.ASKED, 3, 2);
        enter("a", "a2", Standing.ASKED, 3, 2);
        assertThat(evicted).containsExactly("a1");
        assertThat(reasons).containsExactly(Shortage.SOURCE_QUOTA);
        assertThat(places.size()).isEqualTo(3);
    }

    @Test
    void shouldRefuseWhoExceedsHisQuotaWithEarnedPlaces() {
        Place earned = enter("a", "earned", Standing.ASKED, 1, 1);
        places.update(earned, Standing.IDLE, 0, nowNanos + 1, nowNanos);
        assertThat(places.enter(place("a", "a1"), Standing.ASKED, 1, 1, nowNanos))
                .isEqualTo(Shortage.SOURCE_QUOTA);
        assertThat(places.enter(place("b", "b1"), Standing.ASKED, 1, 1, nowNanos))
                .isEqualTo(Shortage.SESSIONS);
        enter("b", "b", Standing.ASKED, 2, 1);
        assertThat(evicted).isEmpty();
    }

    /** A carrier's NAT, a proxy, a load test. */
    @Test
    void shouldCountNobodyBySourceWhileThereArePlaces() {
        for (int i = 0; i < 100; i++) {
            enter("a", "a" + i, Standing.ASKED, 100, 1);
        }
        assertThat(evicted).isEmpty();
        enter("b", "b", Standing.ASKED, 100, 1);
        assertThat(evicted).containsExactly("a0");
    }

    @Test
    void shouldProtectNobodyAboveHisQuotaFromOthers() {
        for (int i = 0; i < 4; i++) {
            Place place = enter("a", "a" + i, Standing.ASKED, 4, 2);
            places.update(place, Standing.IDLE, 0, nowNanos + 100 - i, nowNanos);
        }
        enter("b", "b", Standing.ASKED, 4, 2);
        assertThat(evicted).containsExactly("a3");
        assertThat(reasons).containsExactly(Shortage.SESSIONS);
        enter("b", "b1", Standing.ASKED, 4, 2);
        assertThat(evicted).containsExactly("a3", "b");
    }

    @Test
    void shouldForgetWhoHasLeft() {
        Place one = enter("a", "one", Standing.ASKED, 1, 1);
        places.leave(one);
        places.leave(one);
        places.update(one, Standing.GREETED, 0, 0, nowNanos);
        assertThat(places.size()).isZero();
        assertThat(places.sources()).isZero();
        enter("a", "two", Standing.ASKED, 1, 1);
        assertThat(evicted).isEmpty();
    }

    /** The same by looking at everybody each time. */
    @Test
    void shouldChooseAsOneWhoLooksAtAll() {
        for (int seed = 0; seed < 200; seed++) {
            new Comparison(new Random(seed)).run(500);
        }
    }

    private static final class Comparison {
        private static final Standing[] STANDINGS = {
            Standing.VANISHED, Standing.ASKED, Standing.GREETED, Standing.SUSPENDED, Standing.IDLE
        };

        private static final int PROTECTED = Integer.MAX_VALUE;

        private static int rank(Standing standing, int worth) {
            return 2 * standing.ordinal() + worth;
        }

        private static final class Tenant {
            String source;
            int rest;
            int rank;
            long until;
            long since;
            Place place;
        }

        private final Random random;
        private final Places places = new Places(Shortage.SESSIONS);
        private final List<Tenant> tenants = new ArrayList<>();
        private final List<Tenant> evicted = new ArrayList<>();
        private long nowNanos;
        private long clock;

        Comparison(Random random) {
            this.random = random;
        }

        void run(int steps) {
            for (int i = 0; i < steps; i++) {
                nowNanos += random.nextInt(3);
                switch (random.nextInt(3)) {
                    case 0 -> enter(1 + random.nextInt(12), 1 + random.nextInt(8));
                    case 1 -> update();
                    default -> leave();
                }
                assertThat(places.size()).isEqualTo(tenants.size());
            }
        }

        private void enter(int limit, int quota) {
            Tenant newcomer = new Tenant();
            newcomer.source = "s" + random.nextInt(4);
            newcomer.place = new Place(newcomer.source, why -> evicted.add(newcomer));
            long own = count(newcomer.source);
            boolean full = tenants.size() >= limit;
            boolean overQuota = full && own >= quota;
            Tenant victim = null;
            if (full) {
                endProtections();
                victim = overQuota ? least(newcomer.source) : least(null);
                if (victim == null && !overQuota) {
                    victim = protectedAbove(quota);
                }
            }
            Shortage shortage = places.enter(newcomer.place, Standing.ASKED, limit, quota, nowNanos);
            boolean admitted = victim != null || !full;
            assertThat(shortage == null).isEqualTo(admitted);
            assertThat(evicted).isEqualTo(victim == null ? List.of() : List.of(victim));
            evicted.clear();
            tenants.remove(victim);
            if (admitted) {
                newcomer.rest = rank(Standing.ASKED, 0);
                newcomer.rank = newcomer.rest;
                newcomer.since = clock++;
                tenants.add(newcomer);
            }
        }

        private Tenant protectedAbove(int quota) {
            return tenants.stream()
                    .filter(t -> count(t.source) > quota)
                    .min(Comparator.comparingLong((Tenant t) -> t.until).thenComparingLong(t -> t.since))
                    .orElse(null);
        }

        private long count(String source) {
            return tenants.stream().filter(t -> t.source.equals(source)).count();
        }

        private void endProtections() {
            tenants.stream()
                    .filter(t -> t.rank == PROTECTED && t.until <= nowNanos)
                    .sorted(Comparator.comparingLong((Tenant t) -> t.until).thenComparingLong(t -> t.since))
                    .forEach(t -> {
                        t.rank = t.rest;
                        t.since = clock++;
                    });
        }

        private Tenant least(String source) {
            int lowest = PROTECTED;
            for (Tenant t : tenants) {
                if (source == null || source.equals(t.source)) {
                    lowest = Math.min(lowest, t.rank);
                }
            }
            if (lowest == PROTECTED) {
                return null;
            }
            Map<String, Integer> counts = new HashMap<>();
            for (Tenant t : tenants) {
                if (t.rank == lowest) {
                    counts.merge(t.source, 1, Integer::sum);
                }
            }
            Tenant least = null;
            for (Tenant t : tenants) {
                if (t.rank == lowest && (source == null || source.equals(t.source))) {
                    int bySize = least == null ? 1 : counts.get(t.source) - counts.get(least.source);
                    if (bySize > 0 || (bySize == 0 && t.since < least.since)) {
                        least = t;
                    }
                }
            }
            return least;
        }

        private void update() {
            if (tenants.isEmpty()) {
                return;
            }
            Tenant t = tenants.get(random.nextInt(tenants.size()));
            Standing rest = STANDINGS[random.nextInt(STANDINGS.length)];
            int worth = random.nextInt(2);
            long until = random.nextBoolean() ? nowNanos + random.nextInt(20) : 0;
            places.update(t.place, rest, worth, until, nowNanos);
            t.rest = rank(rest, worth);
            int rank = until > nowNanos ? PROTECTED : t.rest;
            if (rank == PROTECTED || rank != t.rank) {
                t.rank = rank;
                t.until = until;
                t.since = clock++;
            }
            assertThat(places.standing(t.place)).isEqualTo(rank == PROTECTED ? Standing.EARNED : rest);
        }

        private void leave() {
            if (!tenants.isEmpty()) {
                places.leave(tenants.remove(random.nextInt(tenants.size())).place);
            }
        }
    }
}
