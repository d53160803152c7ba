package dev.multipath.guide;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.multipath.admission.SourceQuota;
import dev.multipath.channel.AddressEvent;
import dev.multipath.channel.ConnectionIdGenerator;
import dev.multipath.channel.MemoryBudget;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SessionSnapshot;
import dev.multipath.channel.SubflowEvent;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.metrics.PathMeasurements;
import dev.multipath.metrics.PathState;
import dev.multipath.metrics.PathStateChange;
import dev.multipath.metrics.PathStats;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.metrics.StatsTracker;
import dev.multipath.metrics.TransportStats;
import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.PathHistory;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.transport.SubflowTransport;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The guide's tables name what there is: every option with its default, every event, every exception. */
class GuideTablesTest {

    private static final Document GUIDE = Document.of("docs/GUIDE.md");

    private static final Map<Object, String> NAMED = Map.of(
            SubflowTransport.ofEventLoop(),
            "`SubflowTransport.ofEventLoop()`",
            PathHistory.SHARED,
            "`PathHistory.SHARED`",
            AnnouncedAddresses.NONE,
            "`AnnouncedAddresses.NONE`",
            ConnectionIdGenerator.RANDOM_UUIDS,
            "`ConnectionIdGenerator.RANDOM_UUIDS`",
            SourceQuota.DEFAULT,
            "`SourceQuota.DEFAULT`",
            AddressPolicy.NONE,
            "`AddressPolicy.NONE`",
            StatsTracker.NONE,
            "`StatsTracker.NONE`",
            MemoryBudget.shared(),
            "`MemoryBudget.shared()`",
            ByteBufAllocator.DEFAULT,
            "Netty's");

    private static final Map<String, Integer> TIMES = Map.of(" ms", 1, " s", 1000, " min", 60_000);
    private static final Map<String, Integer> NUMBERS = Map.of("", 1, " KiB", 1 << 10, " MiB", 1 << 20);

    @Test
    void shouldNameEveryOptionWithItsDefault() throws ReflectiveOperationException {
        MultipathChannel channel = new MultipathChannel();
        Map<String, String> defaults =
                GUIDE.section("Options").codeRows().stream().collect(toMap(row -> row.get(0), row -> row.get(1)));

        List<String> ours = Stream.of(MultipathChannelOption.class.getDeclaredFields())
                .filter(field -> Modifier.isPublic(field.getModifiers()))
                .map(field -> field.getName())
                .toList();
        assertThat(defaults.keySet()).containsAll(ours);
        for (Map.Entry<String, String> row : defaults.entrySet()) {
            Class<?> owner = ours.contains(row.getKey()) ? MultipathChannelOption.class : ChannelOption.class;
            ChannelOption<?> option =
                    (ChannelOption<?>) owner.getField(row.getKey()).get(null);
            assertThat(row.getValue())
                    .as(row.getKey())
                    .isIn(writtenAs(option, channel.config().getOption(option)));
        }
        channel.unsafe().closeForcibly();
    }

    /** What may stand in the table for a value. */
    @SuppressWarnings("deprecation") // RCVBUF_ALLOCATOR, for which Netty 4.2 has no replacement yet
    private static List<String> writtenAs(ChannelOption<?> option, Object value) {
        if (option == ChannelOption.CONNECT_TIMEOUT_MILLIS) {
            return inUnits((Integer) value, TIMES);
        } else if (option == ChannelOption.RCVBUF_ALLOCATOR) {
            return List.of("`" + value.getClass().getSimpleName() + "`");
        } else if (value instanceof WriteBufferWaterMark mark) {
            return List.of((mark.low() >> 10) + " and " + (mark.high() >> 10) + " KiB");
        } else if (value instanceof Duration time) {
            return inUnits(time.toMillis(), TIMES);
        } else if (value instanceof Integer number) {
            return inUnits(number, NUMBERS);
        } else if (value instanceof Schedulers scheduler) {
            return List.of("`Schedulers." + scheduler.name() + "`");
        } else if (value instanceof Supplier<?> maker) {
            return List.of("`" + maker.get().getClass().getSimpleName() + "::new`");
        } else if (option == MultipathChannelOption.PATH_ATTRIBUTES) {
            return List.of("`Path::attributes`");
        } else if (value instanceof Function<?, ?> trackers) {
            return List.of(NAMED.get(trackers.apply(null)));
        }
        return List.of(NAMED.getOrDefault(value, String.valueOf(value)));
    }

    private static List<String> inUnits(long value, Map<String, Integer> units) {
        return units.entrySet().stream()
                .filter(unit -> value % unit.getValue() == 0)
                .map(unit -> value / unit.getValue() + unit.getKey())
                .toList();
    }

    @Test
    void shouldNameEveryEvent() {
        Stream<String> events = Stream.of(
                        names(SubflowEvent.class, SubflowEvent.Kind.values()),
                        names(MultipathSessionEvent.class, MultipathSessionEvent.values()),
                        names(AddressEvent.class, AddressEvent.Kind.values()))
                .flatMap(Function.identity());
        assertThat(firstCells("Events and numbers")).containsExactlyInAnyOrderElementsOf(events.toList());
    }

    private static Stream<String> names(Class<?> event, Enum<?>[] kinds) {
        return Arrays.stream(kinds).map(kind -> event.getSimpleName() + "." + kind.name());
    }

    /** A superclass that is named stands for those below. */
    @Test
    void shouldNameEveryException() {
        Document section = GUIDE.section("Errors");
        List<String> named = firstCells("Errors");
        List<JavaClass> exceptions = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("dev.multipath").stream()
                        .filter(type -> type.isAssignableTo(Exception.class))
                        .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                        .toList();
        assertThat(exceptions).hasSizeGreaterThan(20);
        assertThat(exceptions)
                .filteredOn(type -> !named.contains(type.getSimpleName())
                        && !named.contains(type.getRawSuperclass().orElseThrow().getSimpleName())
                        && !section.text().contains("`" + type.getSimpleName() + "`"))
                .isEmpty();
        assertThat(named)
                .filteredOn(name -> exceptions.stream()
                        .noneMatch(type -> type.getSimpleName().equals(name)))
                .as("not ours")
                .containsExactly("ClosedChannelException");
    }

    @Test
    void shouldNameEveryNumberOfALiveSession() {
        List<String> numbers = Stream.of(
                        SessionSnapshot.class,
                        MultipathStats.class,
                        PathStats.class,
                        PathMeasurements.class,
                        TransportStats.class)
                .flatMap(type -> Arrays.stream(type.getRecordComponents()))
                .map(component -> component.getName() + "()")
                .toList();
        assertThat(firstCells("Live sessions")).containsExactlyInAnyOrderElementsOf(numbers);
        Stream<Enum<?>> reasons = Stream.of(
                        RepetitionCause.values(), PathState.values(), PathStateChange.Reason.values())
                .flatMap(Arrays::stream);
        assertThat(reasons)
                .allSatisfy(reason ->
                        assertThat(GUIDE.section("Live sessions").text()).contains("`" + reason.name() + "`"));
    }

    private static List<String> firstCells(String section) {
        return GUIDE.section(section).codeRows().stream().map(row -> row.get(0)).toList();
    }
}
