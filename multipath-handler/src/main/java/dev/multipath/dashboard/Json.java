package dev.multipath.dashboard;

import java.time.Duration;
import java.util.List;

/** Writes JSON (RFC 8259), of which nothing can be taken for markup wherever it stands. */
final class Json {

    private static final char FIRST_PRINTABLE = ' ';
    private static final char LAST_ASCII = '~';

    private final StringBuilder text = new StringBuilder();
    private boolean needsComma;

    Json beginObject() {
        separate();
        text.append('{');
        needsComma = false;
        return this;
    }

    Json endObject() {
        text.append('}');
        needsComma = true;
        return this;
    }

    Json beginArray(String name) {
        name(name);
        text.append('[');
        needsComma = false;
        return this;
    }

    Json putAll(String name, List<String> values) {
        beginArray(name);
        for (String value : values) {
            separate();
            quote(value);
            needsComma = true;
        }
        return endArray();
    }

    Json endArray() {
        text.append(']');
        needsComma = true;
        return this;
    }

    Json beginObject(String name) {
        name(name);
        text.append('{');
        needsComma = false;
        return this;
    }

    Json put(String name, long value) {
        name(name);
        text.append(value);
        needsComma = true;
        return this;
    }

    Json put(String name, boolean value) {
        name(name);
        text.append(value);
        needsComma = true;
        return this;
    }

    /** Null is no value. */
    Json put(String name, String value) {
        name(name);
        if (value == null) {
            text.append("null");
        } else {
            quote(value);
        }
        needsComma = true;
        return this;
    }

    /** In microseconds; null is no value. */
    Json putMicros(String name, Duration value) {
        return value == null ? put(name, (String) null) : put(name, value.toNanos() / 1000);
    }

    private void name(String name) {
        separate();
        quote(name);
        text.append(':');
        needsComma = false;
    }

    private void separate() {
        if (needsComma) {
            text.append(',');
        }
    }

    private void quote(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            boolean plain = c >= FIRST_PRINTABLE && c <= LAST_ASCII && "\"\\<>&'".indexOf(c) < 0;
            if (plain) {
                text.append(c);
            } else {
                text.append(String.format("\\u%04x", (int) c));
            }
        }
        text.append('"');
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
