package dev.multipath.session.sim;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** A table of Markdown on the standard output. */
final class JudgeTable {

    private final StringBuilder text = new StringBuilder();

    JudgeTable(Object... headers) {
        row(headers);
        row(Arrays.stream(headers).map(header -> "---").toArray());
    }

    void row(Object... cells) {
        text.append(Arrays.stream(cells).map(String::valueOf).collect(Collectors.joining(" | ", "| ", " |\n")));
    }

    void print(String title) {
        System.out.println(title + "\n\n" + text);
    }

    /** A ratio, and whether it is too small. */
    static String ratio(double value, double wanted) {
        return String.format("%.3f%s", value, value < wanted ? " missed" : "");
    }

    /** The median, nine tenths and the greatest, in milliseconds. */
    static <T> String spread(List<T> list, ToLongFunction<T> nanos) {
        if (list.isEmpty()) {
            return "-";
        }
        long[] sorted = list.stream().mapToLong(nanos).sorted().toArray();
        return sorted[sorted.length / 2] / 1_000_000
                + "/" + sorted[sorted.length * 9 / 10] / 1_000_000
                + "/" + sorted[sorted.length - 1] / 1_000_000;
    }
}
