package dev.multipath.examples;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.TypeConversionException;

/** A UNIX socket as the command line names it: {@code unix:FILE}. */
final class UnixFile {
    private static final String PREFIX = "unix:";

    /** Of Linux ({@code sun_path}), without the zero behind it; elsewhere it is less, and the system says so. */
    private static final int MAX_PATH_BYTES = 107;

    private UnixFile() {}

    static boolean isNamed(String text) {
        return text.startsWith(PREFIX);
    }

    /** Parses what {@link #isNamed}. */
    static Path parse(String text) {
        Path file;
        try {
            file = Path.of(text.substring(PREFIX.length()));
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' names no file");
        }
        if (file.getFileName() == null || file.toString().isBlank()) {
            throw new TypeConversionException("'" + text + "' names no file");
        }
        if (file.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new TypeConversionException("'" + text + "' is too long for a UNIX socket, whose path has at most "
                    + MAX_PATH_BYTES + " bytes");
        }
        return file;
    }
}
