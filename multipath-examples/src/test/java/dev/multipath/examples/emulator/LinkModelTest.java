package dev.multipath.examples.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** {@link LinkModel} in virtual time. */
class LinkModelTest {

    private static final long START_NANOS = Long.MAX_VALUE / 2;
    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final int HUGE_QUEUE = 32 * 1024 * 1024;

    /** Some bytes offered some time after those before. */
    record Offer(long gapNanos, int bytes) {}

    /** An item with the time it was seen to arrive. */
    record Arrival(int item, long nanos) {}

    @Provide
    Arbitrary<Offer> offers() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 20 * MILLI),
                        Arbitraries.integers().between(0, 16 * 1024))
                .as(Offer::new);
    }

    @Provide
    Arbitrary<PathSettings> settings() {
        return Combinators.combine(
                        Arbitraries.longs().between(100_000, 2_000_000_000).injectNull(0.1),
                        Arbitraries.integers().between(0, 200),
                        Arbitraries.integers().between(1, 1 << 20))
                .as((rate, delayMillis, queueBytes) -> new PathSettings(
                        rate == null ? PathSettings.UNLIMITED : rate, Duration.ofMillis(delayMillis), queueBytes));
    }

    @Property
    void shouldDeliverEachItemInOrderAtItsTime(
            @ForAll("settings") PathSettings settings, @ForAll @Size(max = 100) List<@From("offers") Offer> offers) {
        PathSettings roomy = settings.withQueueBytes(HUGE_QUEUE);
        LinkModel<Integer> model = new LinkModel<>(roomy, START_NANOS);
        List<Arrival> expected = new ArrayList<>();
        List<Arrival> actual = new ArrayList<>();
        long now = START_NANOS;
        long wireFree = START_NANOS;
        for (int i = 0; i < offers.size(); i++) {
            Offer offer = offers.get(i);
            runUntil(model, now, now + offer.gapNanos, actual);
            now += offer.gapNanos;
            model.offer(i, offer.bytes, now);
            wireFree = Math.max(wireFree, now) + transmissionNanos(roomy, offer.bytes);
            expected.add(new Arrival(i, wireFree + roomy.oneWayDelay().toNanos()));
        }
        runUntil(model, now, Long.MAX_VALUE, actual);

        assertThat(actual).isEqualTo(expected);
        assertThat(model.queuedBytes(now)).isZero();
    }

    @Property
    void shouldShiftArrivalsByExactlyThePause(
            @ForAll("settings") PathSettings settings,
            @ForAll @Size(min = 1, max = 20) List<@From("offers") Offer> offers,
            @ForAll @LongRange(max = 500_000_000) long pauseAfterNanos,
            @ForAll @LongRange(max = 5_000_000_000L) long pauseNanos) {
        LinkModel<Integer> paused = new LinkModel<>(settings, START_NANOS);
        LinkModel<Integer> free = new LinkModel<>(settings, START_NANOS);
        for (int i = 0; i < offers.size(); i++) {
            paused.offer(i, offers.get(i).bytes, START_NANOS);
            free.offer(i, offers.get(i).bytes, START_NANOS);
        }
        long pauseAt = START_NANOS + pauseAfterNanos;
        List<Arrival> expected = new ArrayList<>();
        List<Arrival> actual = new ArrayList<>();
        runUntil(free, START_NANOS, Long.MAX_VALUE, expected);
        expected.replaceAll(a -> a.nanos <= pauseAt ? a : new Arrival(a.item, a.nanos + pauseNanos));

        runUntil(paused, START_NANOS, pauseAt, actual);
        paused.pause(pauseAt);
        assertThat(paused.poll(pauseAt + pauseNanos)).isNull();
        assertThat(paused.roomBytes(pauseAt + pauseNanos)).isZero();
        assertThat(paused.nextEventNanos(pauseAt + pauseNanos)).isEqualTo(LinkModel.NEVER);
        paused.resume(pauseAt + pauseNanos);
        runUntil(paused, pauseAt + pauseNanos, Long.MAX_VALUE, actual);

        assertThat(actual).isEqualTo(expected);
    }

    @Property
    void shouldKeepTheRateAndTheQueueWhenTheSourceAlwaysHasMoreAndTheOwnerIsLate(
            @ForAll @LongRange(min = 1_000_000, max = 1_000_000_000) long rate,
            @ForAll @LongRange(min = 2_000, max = 1_000_000) long queueBytes,
            @ForAll @Size(min = 30, max = 100) List<@LongRange(min = 100_000, max = 20_000_000) Long> latenessNanos) {
        PathSettings settings = new PathSettings(rate, Duration.ZERO, (int) queueBytes);
        LinkModel<Integer> model = new LinkModel<>(settings, START_NANOS);
        int segment = 1460;
        long now = START_NANOS;
        long delivered = 0;
        long mostQueued = 0;
        for (long late : latenessNanos) {
            now += late;
            for (boolean progress = true; progress; ) {
                progress = false;
                for (Integer bytes; (bytes = model.poll(now)) != null; progress = true) {
                    delivered += bytes;
                }
                for (; model.roomBytes(now) > 0; progress = true) {
                    model.offer(segment, segment, now);
                    mostQueued = Math.max(mostQueued, model.queuedBytes(now));
                }
            }
        }
        double possible = (now - START_NANOS - latenessNanos.get(0)) / 1e9 * rate / 8;

        assertThat((double) delivered).isBetween(possible * 0.999 - queueBytes - 2 * segment, possible + segment);
        assertThat(mostQueued).isLessThan(queueBytes + segment);
    }

    @Property
    void shouldLoseNothingWhenSettingsChangeUnderWay(
            @ForAll @Size(max = 50) List<@From("offers") Offer> offers,
            @ForAll @Size(min = 1, max = 50) List<@From("settings") PathSettings> changes) {
        LinkModel<Integer> model = new LinkModel<>(changes.get(0), START_NANOS);
        List<Arrival> actual = new ArrayList<>();
        long now = START_NANOS;
        for (int i = 0; i < offers.size(); i++) {
            runUntil(model, now, now + offers.get(i).gapNanos, actual);
            now += offers.get(i).gapNanos;
            model.offer(i, offers.get(i).bytes, now);
            model.update(changes.get(i % changes.size()), now);
        }
        runUntil(model, now, Long.MAX_VALUE, actual);

        assertThat(actual).extracting(Arrival::item).containsExactlyElementsOf(indexesOf(offers));
        assertThat(actual).extracting(Arrival::nanos).isSorted();
    }

    @Example
    void shouldSendTheRestAtTheNewRateWhenTheRateChangesHalfWay() {
        // 1000 bytes at 1 Mbit/s take 8 ms; at 4 Mbit/s, 2 ms.
        LinkModel<String> model = new LinkModel<>(settings(1_000_000, 0, 10_000), START_NANOS);
        model.offer("half sent", 1000, START_NANOS);
        model.offer("waiting", 1000, START_NANOS);

        model.update(settings(4_000_000, 0, 10_000), START_NANOS + 4 * MILLI);

        assertThat(model.nextEventNanos(START_NANOS + 4 * MILLI)).isEqualTo(MILLI);
        assertThat(model.poll(START_NANOS + 5 * MILLI - 1)).isNull();
        assertThat(model.poll(START_NANOS + 5 * MILLI)).isEqualTo("half sent");
        assertThat(model.poll(START_NANOS + 7 * MILLI - 1)).isNull();
        assertThat(model.poll(START_NANOS + 7 * MILLI)).isEqualTo("waiting");
    }

    @Example
    void shouldActOnWhatIsInFlightWhenTheDelayChanges() {
        LinkModel<String> model = new LinkModel<>(settings(PathSettings.UNLIMITED, 100, 10_000), START_NANOS);
        model.offer("in flight", 1000, START_NANOS);

        model.update(settings(PathSettings.UNLIMITED, 30, 10_000), START_NANOS + 10 * MILLI);

        assertThat(model.nextEventNanos(START_NANOS + 10 * MILLI)).isEqualTo(20 * MILLI);
        assertThat(model.poll(START_NANOS + 30 * MILLI)).isEqualTo("in flight");
    }

    @Example
    void shouldGiveNoCreditForIdleTimeWhenTheSourceHadNothingToSend() {
        // A full queue of 1000 bytes is 8 ms; after it, nothing for longer than a late owner would take.
        LinkModel<String> model = new LinkModel<>(settings(1_000_000, 0, 1000), START_NANOS);
        model.offer("fills the queue", 1000, START_NANOS);
        long later = START_NANOS + 8 * MILLI + LinkModel.CATCH_UP_NANOS + 1;
        assertThat(model.poll(later)).isEqualTo("fills the queue");

        model.offer("after a rest", 1000, later);

        assertThat(model.nextEventNanos(later)).isEqualTo(8 * MILLI);
    }

    @Example
    void shouldTravelTheWholeDelayWhenTheOwnerIsLateToRefill() {
        LinkModel<String> model = new LinkModel<>(settings(1_000_000, 50, 1000), START_NANOS);
        model.offer("fills the queue", 1000, START_NANOS);
        long late = START_NANOS + 18 * MILLI;

        model.offer("should have been there 10 ms ago", 1000, late);

        assertThat(model.poll(late + 40 * MILLI)).isEqualTo("fills the queue");
        assertThat(model.poll(late + 50 * MILLI - 1)).isNull();
        assertThat(model.poll(late + 50 * MILLI)).isEqualTo("should have been there 10 ms ago");
    }

    @Example
    void shouldBoundWhatIsInFlightWhenThereIsNoRate() {
        LinkModel<Integer> model = new LinkModel<>(settings(PathSettings.UNLIMITED, 1000, 1000), START_NANOS);
        long held = 0;
        for (int room; (room = model.roomBytes(START_NANOS)) > 0; ) {
            int bytes = Math.min(room, 64 * 1024);
            model.offer(bytes, bytes, START_NANOS);
            held += bytes;
        }

        assertThat(held).isLessThanOrEqualTo(LinkModel.MAX_HELD_BYTES).isGreaterThan(LinkModel.MAX_HELD_BYTES / 2);
    }

    @Example
    void shouldBoundTinyItemsByTheirNumberWhenThereIsNoRate() {
        LinkModel<Integer> model = new LinkModel<>(settings(PathSettings.UNLIMITED, 1000, 1000), START_NANOS);
        int items = 0;
        while (model.roomBytes(START_NANOS) > 0) {
            model.offer(items++, 1, START_NANOS);
        }

        assertThat(items).isLessThanOrEqualTo(LinkModel.MAX_HELD_BYTES / LinkModel.ITEM_OVERHEAD_BYTES);
    }

    @Example
    void shouldHandOutAllInOrderWhenCleared() {
        LinkModel<String> model = new LinkModel<>(settings(1_000_000, 100, 10_000), START_NANOS);
        model.offer("in flight", 1000, START_NANOS);
        model.offer("queued", 1000, START_NANOS);
        List<String> dropped = new ArrayList<>();
        assertThat(model.poll(START_NANOS + 10 * MILLI)).isNull();

        model.clear(dropped::add);

        assertThat(dropped).containsExactly("in flight", "queued");
        assertThat(model.nextEventNanos(START_NANOS + 10 * MILLI)).isEqualTo(LinkModel.NEVER);
        assertThat(model.roomBytes(START_NANOS + 10 * MILLI)).isEqualTo(10_000);
    }

    /** Polls exactly when the model says that something happens, as a perfect timer would. */
    private static void runUntil(LinkModel<Integer> model, long fromNanos, long untilNanos, List<Arrival> arrivals) {
        for (long now = fromNanos, next; (next = model.nextEventNanos(now)) != LinkModel.NEVER; ) {
            if (next > untilNanos - now) {
                return;
            }
            now += next;
            for (Integer item; (item = model.poll(now)) != null; ) {
                arrivals.add(new Arrival(item, now));
            }
        }
    }

    private static List<Integer> indexesOf(List<?> list) {
        List<Integer> indexes = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            indexes.add(i);
        }
        return indexes;
    }

    private static PathSettings settings(long rate, long delayMillis, int queueBytes) {
        return new PathSettings(rate, Duration.ofMillis(delayMillis), queueBytes);
    }

    private static long transmissionNanos(PathSettings settings, int bytes) {
        return settings.rateBitsPerSecond() == PathSettings.UNLIMITED
                ? 0
                : (long) Math.ceil(bytes * 8e9 / settings.rateBitsPerSecond());
    }
}
