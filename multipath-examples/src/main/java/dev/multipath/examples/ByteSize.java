package dev.multipath.examples;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A number of bytes as people write it: {@code 500}, {@code 500k} and {@code 500kB} are powers of 1000; {@code 64KiB} and
 * {@code 1GiB} are powers of 1024. Case does not matter.
 *
 * @param bytes at least 1
 */
public record ByteSize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([kmgt]?)(i?)b?");
    private static final Map<String, Integer> POWERS = Map.of("", 0, "k", 1, "m", 2, "g", 3, "t", 4);

    /**
     * Parses a size.
     *
     * @throws IllegalArgumentException when it is no size, zero, or over 2^63-1 bytes
     */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()
                || (matcher.group(2).isEmpty() && !matcher.group(3).isEmpty())) {
            throw new IllegalArgumentException("'" + text + "' is not a size (such as 64MiB, 1GiB or 500k)");
        }
        long unit = matcher.group(3).isEmpty() ? 1000 : 1024;
        long bytes = Long.parseLong(matcher.group(1));
        try {
            for (int power = POWERS.get(matcher.group(2)); power > 0; power--) {
                bytes = Math.multiplyExact(bytes, unit);
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is too large a size", e);
        }
        if (bytes == 0) {
            throw new IllegalArgumentException("'" + text + "' is no bytes at all");
        }
        return new ByteSize(bytes);
    }

    /** For picocli. */
    public static final class Converter implements ITypeConverter<ByteSize> {
        @Override
        public ByteSize convert(String text) {
            try {
                return parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
