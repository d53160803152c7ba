package dev.multipath.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What {@code docs/ARCHITECTURE.md} names is there: classes, their members, files, rooms, and the states that it draws. */
class ArchitectureTest {

    private static final Document DOCUMENT = Document.of("docs/ARCHITECTURE.md");
    private static final Sources SOURCES = Sources.ofProject();

    /** Netty's and the JDK's. */
    private static final Set<String> FOREIGN = Set.of("ChannelOutboundBuffer", "DuplexChannel", "SslHandler");

    /** Behind it the recipes' paths begin; see the section "How to add ...". */
    private static final List<List<String>> ROOTS = List.of(
            List.of("HANDLER", "multipath-handler/src/main/java/dev/multipath"),
            List.of("CODEC", "multipath-codec/src/main/java/dev/multipath/codec"));

    private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");

    /** A class, and perhaps one in it or a member. */
    private static final Pattern CLASS = Pattern.compile("([A-Z][a-z]\\w*)(?:\\.(\\w+))?(?:\\(.*\\))?");

    /** In a picture, where single words are ordinary ones. */
    private static final Pattern CAMEL_CASE = Pattern.compile("\\b(?:[A-Z][a-z0-9]+){2,}\\b");

    private static final Pattern FILE = Pattern.compile("[\\w-]+(?:/[\\w.-]+)+");

    @Test
    void shouldNameClassesAndMembersThatThereAre() {
        Set<String> checked = new TreeSet<>();
        Set<String> missing = new TreeSet<>();
        for (String code : codes()) {
            Matcher named = CLASS.matcher(code);
            if (!named.matches() || FOREIGN.contains(named.group(1))) {
                continue;
            }
            checked.add(code);
            String source = SOURCES.ofClass(named.group(1));
            String member = named.group(2);
            if (source == null || (member != null && !hasWord(source, member))) {
                missing.add(code);
            }
        }
        assertThat(missing).isEmpty();
        assertThat(checked).hasSizeGreaterThan(100);
    }

    private static boolean hasWord(String source, String word) {
        return Pattern.compile("\\b" + word + "\\b").matcher(source).find();
    }

    @Test
    void shouldDrawClassesThatThereAre() {
        for (String picture : DOCUMENT.pictures()) {
            assertThat(CAMEL_CASE.matcher(picture).results().map(result -> result.group()))
                    .allSatisfy(
                            name -> assertThat(SOURCES.ofClass(name)).as(name).isNotNull());
        }
    }

    @Test
    void shouldNameFilesThatThereAre() {
        List<String> files = codes().stream()
                .filter(code -> FILE.matcher(code).matches())
                .map(ArchitectureTest::resolve)
                .toList();
        assertThat(files).hasSizeGreaterThan(10);
        assertThat(files)
                .allSatisfy(file -> assertThat(SOURCES.exists(file)).as(file).isTrue());
    }

    private static String resolve(String code) {
        for (List<String> root : ROOTS) {
            if (code.startsWith(root.get(0) + "/")) {
                return root.get(1) + code.substring(root.get(0).length());
            }
        }
        boolean ofPackage = code.endsWith("/package-info");
        return ofPackage ? ROOTS.get(0).get(1) + "/" + code + ".java" : code;
    }

    @Test
    void shouldDrawEveryRoom() {
        String picture = DOCUMENT.section("The house").pictures().get(0);
        assertThat(SOURCES.directories("multipath-handler/src/main/java/dev/multipath"))
                .hasSizeGreaterThan(5)
                .allSatisfy(room -> assertThat(hasWord(picture, room)).as(room).isTrue());
        assertThat(SOURCES.directories("."))
                .filteredOn(name -> name.startsWith("multipath-"))
                .hasSizeGreaterThan(4)
                .allSatisfy(module ->
                        assertThat(DOCUMENT.section("The house").text()).contains(module));
    }

    @Test
    void shouldDrawEveryState() {
        String section = DOCUMENT.section("The states").text();
        Pattern named = Pattern.compile("\\(`(\\w+)(?:\\.(\\w+))?`\\)");
        List<List<String>> enums = named.matcher(section)
                .results()
                .map(result ->
                        SOURCES.constants(result.group(1), result.group(2) == null ? result.group(1) : result.group(2)))
                .filter(constants -> !constants.isEmpty())
                .toList();
        assertThat(enums).hasSize(8);
        assertThat(enums).allSatisfy(constants -> assertThat(constants)
                .allSatisfy(
                        state -> assertThat(hasWord(section, state)).as(state).isTrue()));
    }

    /** Whoever follows a way has to know each room that it goes through, and anew what he has left. */
    private static final int MAX_CHANGES_OF_ROOM = 4;

    @Test
    void shouldGoThroughFewRoomsOnEachWay() {
        Document ways = DOCUMENT.section("The ways");
        Map<String, Set<String>> rooms = new HashMap<>();
        for (List<String> row : ways.rows()) {
            List<String> through = List.of(row.get(1).split(", "));
            assertThat(through).as(row.get(0)).hasSizeLessThanOrEqualTo(MAX_CHANGES_OF_ROOM + 1);
            Set<String> known = rooms.computeIfAbsent(row.get(0).split(":")[0], way -> new TreeSet<>());
            known.addAll(through);
            known.addAll(List.of(row.get(2).split(", ")));
        }
        List<Document> told = ways.subsections();
        assertThat(told).extracting(Document::heading).containsExactlyInAnyOrderElementsOf(rooms.keySet());
        for (Document way : told) {
            List<String> classes = codesOf(way).stream()
                    .filter(code -> CLASS.matcher(code).matches())
                    .map(code -> code.split("[.(]")[0])
                    .filter(name -> SOURCES.ofClass(name) != null)
                    .toList();
            assertThat(classes).as(way.heading()).isNotEmpty().allSatisfy(name -> assertThat(rooms.get(way.heading()))
                    .as(name)
                    .containsAnyElementsOf(SOURCES.roomsOf(name)));
        }
    }

    private static List<String> codes() {
        return codesOf(DOCUMENT);
    }

    private static List<String> codesOf(Document document) {
        return CODE.matcher(document.withoutPictures().text())
                .results()
                .map(result -> result.group(1))
                .toList();
    }
}
