package dev.multipath.testing;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The rules of a specification in Markdown. Each MUST, MUST NOT, SHALL or REQUIRED has an identifier behind it, ahead of the
 * next one, in the same paragraph or row; or in the rows of a table that follows. A table may have more identifiers.
 */
final class Requirements {

    private static final Pattern TOKEN =
            Pattern.compile("\\b(?:MUST|SHALL|REQUIRED)\\b|\\[([A-Z]+-[1-9][0-9]*)]|\n\n(?!\\|)");

    /** Words that are only mentioned. */
    private static final Pattern QUOTED = Pattern.compile("\"[A-Z ]+\"|`[^`]*`");

    private Requirements() {}

    /**
     * The identifiers, in their order.
     *
     * @throws IllegalArgumentException if a rule has none, or an identifier comes twice
     */
    static Set<String> identifiers(String markdown) {
        String text = QUOTED.matcher(markdown)
                .replaceAll(quoted -> "_".repeat(quoted.group().length()));
        Set<String> identifiers = new LinkedHashSet<>();
        int open = -1;
        for (MatchResult token : TOKEN.matcher(text + "\n\n").results().toList()) {
            if (token.group(1) != null) {
                require(identifiers.add(token.group(1)), token.group() + " comes twice");
                open = -1;
            } else {
                require(open < 0, "no identifier behind: " + excerpt(markdown, open));
                open = token.group().isBlank() ? -1 : token.start();
            }
        }
        return identifiers;
    }

    private static String excerpt(String markdown, int offset) {
        return offset < 0 ? "" : markdown.substring(offset, Math.min(markdown.length(), offset + 80));
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
