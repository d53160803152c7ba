package dev.multipath;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.multipath.session.Profile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rooms of the house, from the ground floor up; imports only point down. And how large what stands in them may be. */
class LayeringTest {

    private static final String CODEC = "dev.multipath.codec";
    private static final String METRICS = "dev.multipath.metrics";
    private static final String SCHEDULER = "dev.multipath.scheduler";
    private static final String CONGESTION = "dev.multipath.congestion";
    private static final String SESSION = "dev.multipath.session";
    private static final String TRANSPORT = "dev.multipath.transport";
    private static final String PATH = "dev.multipath.path";
    private static final String ADMISSION = "dev.multipath.admission";
    private static final String CHANNEL = "dev.multipath.channel";
    private static final String DASHBOARD = "dev.multipath.dashboard";
    private static final String MICROMETER = "dev.multipath.micrometer";

    private static final List<String> ROOMS = List.of(
            CODEC, METRICS, SCHEDULER, CONGESTION, SESSION, TRANSPORT, PATH, ADMISSION, CHANNEL, MICROMETER, DASHBOARD);

    /** What may be imported from below; a room may always import itself. */
    private static final List<Room> RULES = List.of(
            new Room(CODEC, List.of()),
            new Room(METRICS, List.of()),
            new Room(SCHEDULER, List.of()),
            new Room(CONGESTION, List.of(METRICS)),
            new Room(SESSION, List.of(CODEC, METRICS, SCHEDULER, CONGESTION)),
            new Room(TRANSPORT, List.of(CODEC, METRICS, SCHEDULER, SESSION)),
            new Room(PATH, List.of(CODEC, METRICS, SCHEDULER, SESSION, TRANSPORT)),
            new Room(ADMISSION, List.of()),
            new Room(CHANNEL, List.of(CODEC, METRICS, SCHEDULER, CONGESTION, SESSION, TRANSPORT, PATH, ADMISSION)),
            new Room(MICROMETER, List.of(METRICS, SESSION, PATH, ADMISSION, CHANNEL)),
            new Room(DASHBOARD, List.of(CODEC, METRICS, SCHEDULER, SESSION, PATH, CHANNEL)));

    private record Room(String name, List<String> below) {}

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                // The codec's test jar is on the class path too, for its leak guard.
                .withImportOption(location -> !location.contains("dev/multipath/testing"))
                .importPackages("dev.multipath");
    }

    @Test
    void shouldFindTheRoomsThatAreChecked() {
        for (String room : List.of(CODEC, METRICS, SCHEDULER, CONGESTION, SESSION)) {
            assertThat(classes.stream().filter(resideInAPackage(room))).as(room).isNotEmpty();
        }
    }

    @Test
    void shouldImportOnlyRoomsBelow() {
        for (Room room : RULES) {
            String[] forbidden = ROOMS.stream()
                    .filter(name -> !name.equals(room.name) && !room.below.contains(name))
                    .map(name -> name + "..")
                    .toArray(String[]::new);
            noClasses()
                    .that()
                    .resideInAPackage(room.name + "..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .allowEmptyShould(true)
                    .check(classes);
        }
    }

    @Test
    void shouldKeepEveryClassInARoom() {
        classes()
                .should()
                .resideInAnyPackage(ROOMS.stream().map(room -> room + "..").toArray(String[]::new))
                .check(classes);
    }

    /**
     * Classes of one room that depend on each other in a circle can only be understood, moved and replaced together. Those
     * below may; a class that has left its circle leaves this list.
     */
    private static final Map<String, Set<String>> CIRCLES = Map.of(
            TRANSPORT,
            Set.of(
                    // Each transport can be had with something added, and that is a decorator of it: who needs one says
                    // SubflowTransport.ofEventLoop().withTls(tls).
                    "SubflowTransport", "TransportDecorator"),
            CHANNEL,
            Set.of(
                    // A snapshot has the channel that it is of, and a channel makes one of itself.
                    "MultipathChannel", "SessionSnapshot"));

    /** What is more is no exception any longer. */
    private static final int MAX_PAIRS = 2;

    @Test
    void shouldHaveNoCirclesOfClassesButTheKnownOnes() {
        assertThat(CIRCLES.values()).hasSizeLessThanOrEqualTo(MAX_PAIRS).allSatisfy(pair -> assertThat(pair)
                .hasSize(2));
        for (String room : ROOMS) {
            List<JavaClass> inside =
                    classes.stream().filter(resideInAPackage(room + "..")).toList();
            assertThat(new ClassCycles(inside).members())
                    .as(room)
                    .containsExactlyInAnyOrderElementsOf(CIRCLES.getOrDefault(room, Set.of()));
        }
    }

    /** What is longer is read by nobody in one go, and does the work of several. */
    private static final int MAX_LINES = 450;

    /** So many flags that change have 32 states, most of which nobody has thought of: an enum names those that there are. */
    private static final int MAX_FLAGS = 5;

    @Test
    void shouldKeepEachFileShort() throws IOException {
        assertThat(MainSources.files()).hasSizeGreaterThan(200).allSatisfy(file -> assertThat(Files.readAllLines(file))
                .as(file.toString())
                .hasSizeLessThanOrEqualTo(MAX_LINES));
    }

    /** Records and constants are values, which somebody has written down as a whole. */
    @Test
    void shouldKeepNoMoreThanFiveFlags() throws IOException {
        Map<String, List<String>> flags = MainSources.flags(MainSources.files());

        assertThat(flags)
                .hasSizeGreaterThan(50)
                .allSatisfy((type, fields) -> assertThat(fields).as(type).hasSizeLessThanOrEqualTo(MAX_FLAGS));
    }

    @Test
    void shouldCountTheFlagsOfEachClassByItself(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("Some.java"), """
                class Some {
                    static final boolean CONSTANT = true;
                    private volatile boolean one, two;
                    @Option(names = "--three")
                    boolean three;
                    int number;
                    record Value(boolean one, boolean two) {}
                    static class Inner { boolean four; void run() { boolean local; } }
                }
                """);

        Map<String, List<String>> flags = MainSources.flags(List.of(file));

        assertThat(flags).containsOnlyKeys("Some.java Some", "Some.java Inner");
        assertThat(flags.get("Some.java Some")).hasSize(3);
    }

    /** Schedulers and metrics are for users to implement: nothing of Netty in them. */
    @Test
    void shouldNotKnowNettyInPoliciesAndMetrics() {
        noClasses()
                .that()
                .resideInAnyPackage(SCHEDULER + "..", METRICS + "..", CONGESTION + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty..")
                .check(classes);
    }

    /** Who does not measure with it does not need it. */
    @Test
    void shouldKnowMicrometerInItsRoomOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage(MICROMETER + "..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.micrometer..")
                .check(classes);
    }

    /** Optional too. */
    @Test
    void shouldKnowHttpInThePageAndInWebSocketsOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(DASHBOARD + "..", TRANSPORT + ".websocket..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.netty.handler.codec.http..")
                .check(classes);
    }

    /** What differs between the profiles is asked of the profile: who asks which one it is has to change with each. */
    @Test
    void shouldAskNowhereWhichProfileItIs() {
        for (Profile profile : List.of(Profile.BASE, Profile.EXTENDED)) {
            noClasses()
                    .that()
                    .doNotBelongToAnyOf(Profile.class)
                    .and()
                    .areNotAssignableTo("dev.multipath.session.SessionProfile")
                    .should()
                    .accessField(Profile.class, profile.name())
                    .check(classes);
        }
    }

    /** The session does no I/O and owns no clock, thread or randomness; buffers are all it knows of Netty. */
    @Test
    void shouldKeepTheSessionPure() {
        classes()
                .that()
                .resideInAPackage(SESSION + "..")
                .should()
                .onlyDependOnClassesThat(allowedInTheSession())
                .check(classes);
        noClasses()
                .that()
                .resideInAPackage(SESSION + "..")
                .should()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .check(classes);
    }

    private static DescribedPredicate<JavaClass> allowedInTheSession() {
        DescribedPredicate<JavaClass> rooms = resideInAnyPackage(SESSION, CODEC, METRICS, SCHEDULER, CONGESTION);
        DescribedPredicate<JavaClass> netty = resideInAnyPackage("io.netty.buffer", "io.netty.util");
        // Only the interface of random numbers: what implements it is the caller's choice.
        DescribedPredicate<JavaClass> java = resideInAnyPackage(
                        "java.lang",
                        "java.lang.invoke",
                        "java.lang.runtime",
                        "java.util",
                        "java.util.function",
                        "java.util.stream",
                        "java.util.random")
                .and(DescribedPredicate.not(isOneOf(Thread.class, ThreadLocal.class, Random.class, Timer.class)));
        DescribedPredicate<JavaClass> values = isOneOf(Duration.class, IOException.class, InetSocketAddress.class);
        // Computing a MAC is pure; drawing random bytes is not, and comes in as an argument.
        DescribedPredicate<JavaClass> mac =
                isOneOf(Mac.class, SecretKeySpec.class, Key.class, GeneralSecurityException.class);
        return rooms.or(netty)
                .or(java)
                .or(values)
                .or(mac)
                .or(DescribedPredicate.describe("primitives and arrays", c -> c.isPrimitive() || c.isArray()));
    }

    private static DescribedPredicate<JavaClass> isOneOf(Class<?>... types) {
        return DescribedPredicate.describe(
                "one of " + List.of(types), c -> List.of(types).stream().anyMatch(c::isEquivalentTo));
    }
}
