package dev.multipath.examples.web;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a file (RFC 9110 section 14).
 *
 * @param first the first byte's place
 * @param length how many
 * @param size of the whole
 */
record ByteRange(long first, long length, long size) {
    private static final Pattern FORM = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})\\s*");

    static ByteRange all(long size) {
        return new ByteRange(0, size, size);
    }

    /** What a header asks for; all if it is none that we know, as for several ranges; null if there is nothing there. */
    static ByteRange parse(String header, long size) {
        Matcher form = FORM.matcher(header);
        if (!form.matches() || (form.group(1).isEmpty() && form.group(2).isEmpty())) {
            return all(size);
        }
        if (form.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(form.group(2)));
            return last == 0 ? null : new ByteRange(size - last, last, size);
        }
        long first = Long.parseLong(form.group(1));
        long last = form.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(form.group(2)));
        if (!form.group(2).isEmpty() && Long.parseLong(form.group(2)) < first) {
            return all(size);
        }
        return first >= size ? null : new ByteRange(first, last - first + 1, size);
    }

    boolean isPart() {
        return length != size;
    }

    String header() {
        return "bytes " + first + "-" + (first + length - 1) + "/" + size;
    }
}
