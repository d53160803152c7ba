package dev.multipath.benchmarks.scale;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux uses for objects of its own, those of sockets and open files among them; of the whole machine. */
final class KernelMemory {

    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Pattern OBJECTS = Pattern.compile("^Slab: +(\\d+) kB$", Pattern.MULTILINE);

    private KernelMemory() {}

    /** Not a number where it is not told, as elsewhere than on Linux. */
    static double usedBytes() throws IOException {
        if (!Files.exists(MEMORY)) {
            return Double.NaN;
        }
        Matcher objects = OBJECTS.matcher(Files.readString(MEMORY));
        return objects.find() ? Long.parseLong(objects.group(1)) * 1024.0 : Double.NaN;
    }
}
