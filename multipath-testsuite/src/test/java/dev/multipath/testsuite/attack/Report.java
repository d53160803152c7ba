package dev.multipath.testsuite.attack;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a child process answers: names and values, as one line of text. */
record Report(Map<String, String> values) {

    static Report of(Object... namesAndValues) {
        Map<String, String> values = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            values.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
        }
        return new Report(values);
    }

    static Report parse(String line) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String pair : line.split(" ")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(
                        pair.substring(0, equals),
                        URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return new Report(values);
    }

    String line() {
        return values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + URLEncoder.encode(entry.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining(" "));
    }

    String text(String name) {
        return values.getOrDefault(name, "");
    }

    long number(String name) {
        return Long.parseLong(values.get(name));
    }

    /** Lines of a value. */
    List<String> list(String name) {
        return Stream.of(text(name).split("\n")).filter(line -> !line.isEmpty()).toList();
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
