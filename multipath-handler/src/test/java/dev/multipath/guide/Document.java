package dev.multipath.guide;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** A Markdown file of this project. Tests run in the directory of their module. */
record Document(String text) {

    private static final String CODE_BEGIN = "```java\n";
    private static final String CODE_END = "```";
    private static final Pattern PICTURE = Pattern.compile("^```\n(.*?)^```", Pattern.DOTALL | Pattern.MULTILINE);

    static Document of(String path) {
        try {
            return new Document(Files.readString(Path.of("..").resolve(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text from one heading of the second level to the next. */
    Document section(String heading) {
        int begin = text.indexOf("\n## " + heading + "\n");
        if (begin < 0) {
            throw new IllegalArgumentException("no section " + heading);
        }
        int end = text.indexOf("\n## ", begin + 1);
        return new Document(text.substring(begin, end < 0 ? text.length() : end));
    }

    /** The parts that begin with a heading of the third level. */
    List<Document> subsections() {
        return Arrays.stream(text.split("(?m)^(?=### )"))
                .filter(part -> part.startsWith("### "))
                .map(Document::new)
                .toList();
    }

    /** What a part of the third level is called. */
    String heading() {
        return text.lines().findFirst().orElseThrow().substring("### ".length());
    }

    /** The cells of a table, without its first row. */
    List<List<String>> rows() {
        return text.lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                .skip(1)
                .map(line -> Arrays.stream(line.substring(1).split("\\|", -1))
                        .map(String::strip)
                        .toList())
                .toList();
    }

    /** The cells of the rows whose first one is code, in all tables; the first without its backticks. */
    List<List<String>> codeRows() {
        return text.lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(2, line.length() - 2).split(" \\| "))
                .map(cells -> {
                    cells[0] = cells[0].substring(1, cells[0].length() - 1);
                    return List.of(cells);
                })
                .toList();
    }

    /** The pieces of Java; a block is as many as it has paragraphs. */
    List<String> code() {
        List<String> pieces = new ArrayList<>();
        int begin = 0;
        while ((begin = text.indexOf(CODE_BEGIN, begin)) >= 0) {
            begin += CODE_BEGIN.length();
            String block = text.substring(begin, text.indexOf(CODE_END, begin));
            pieces.addAll(Arrays.asList(block.split("\n\n")));
        }
        return pieces;
    }

    /** The blocks that are of no language. */
    List<String> pictures() {
        return PICTURE.matcher(text).results().map(result -> result.group(1)).toList();
    }

    Document withoutPictures() {
        return new Document(PICTURE.matcher(text).replaceAll(""));
    }
}
