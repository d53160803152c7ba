package dev.multipath.examples;

import dev.multipath.codec.PeerText;
import java.util.stream.Collectors;

/** A stack trace in whose messages nothing does more to a terminal than stand there. */
final class SafeStackTrace {
    private SafeStackTrace() {}

    /** Line by line; the tabs at the beginning of lines stay. */
    static String escape(String trace) {
        return trace.lines()
                .map(line -> {
                    String text = line.stripLeading();
                    return line.substring(0, line.length() - text.length()) + PeerText.escape(text);
                })
                .collect(Collectors.joining(System.lineSeparator(), "", System.lineSeparator()));
    }
}
