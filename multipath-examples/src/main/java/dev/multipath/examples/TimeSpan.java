package dev.multipath.examples;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a time as people write it: {@code 10} or {@code 10s}, {@code 1.5s}, {@code .5}, {@code 500ms}, {@code 2m}, {@code never}. */
final class TimeSpan implements ITypeConverter<Duration> {
    /** Longer than any stream lives, and still a {@code long} of nanoseconds. */
    static final Duration NEVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final Pattern FORM = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?|\\.\\d{1,3})\\s*(ms|s|m|h)?");

    /** For what is done every so often, or for so long; not at all would be without end, or nothing. */
    static final class Period implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            Duration period = new TimeSpan().convert(text);
            if (period.isZero()) {
                throw new TypeConversionException("'" + text + "' is no time at all");
            }
            return period;
        }
    }

    @Override
    public Duration convert(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT);
        if (word.equals("never")) {
            return NEVER;
        }
        Matcher matcher = FORM.matcher(word);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + text + "' is not a time (such as 10, 1.5s, 500ms, 2m or never)");
        }
        double nanosPerUnit =
                switch (matcher.group(2) == null ? "s" : matcher.group(2)) {
                    case "ms" -> 1e6;
                    case "m" -> 60e9;
                    case "h" -> 3600e9;
                    default -> 1e9;
                };
        return Duration.ofNanos((long) (Double.parseDouble(matcher.group(1)) * nanosPerUnit)); // a cast saturates
    }
}
