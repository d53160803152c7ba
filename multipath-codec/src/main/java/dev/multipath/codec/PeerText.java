package dev.multipath.codec;

/**
 * Words of a peer's, such as the reason of a {@link ResetFrame}, made fit to be shown. They may hold anything: what clears a
 * terminal, forges a line of a log, or turns what stands around it. The frames keep them as they came.
 */
public final class PeerText {

    private PeerText() {}

    /**
     * Escapes what is not printed as itself: control characters (C0, DEL, C1, line breaks), separators of lines and
     * paragraphs, what formats (directions, joiners, invisible characters), and halves of a surrogate pair. Each becomes a
     * backslash, {@code u} and its hexadecimal number, in braces if that has more than four digits.
     *
     * @param text a peer's, or what has a peer's in it
     * @return the text on one line; the same one if there is nothing to escape
     */
    public static String escape(String text) {
        if (text.codePoints().noneMatch(PeerText::isHarmful)) {
            return text;
        }
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(character -> {
            if (isHarmful(character)) {
                escaped.append(String.format(character > Character.MAX_VALUE ? "\\u{%x}" : "\\u%04x", character));
            } else {
                escaped.appendCodePoint(character);
            }
        });
        return escaped.toString();
    }

    private static boolean isHarmful(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> true;
            default -> false;
        };
    }
}
