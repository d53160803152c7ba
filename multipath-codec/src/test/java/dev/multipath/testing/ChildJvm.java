package dev.multipath.testing;

import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * The classes of a JVM that a test starts. They are this JVM's own. A child lives for seconds, and a third of what it computes
 * is to load, verify and link classes, the same ones each time. So where a module says how they are come by
 * ({@code multipath.child.training}, a class and its arguments), that is done once for all its tests, and what was loaded then is kept as
 * an archive (of the kind that is called application class-data sharing). An archive is of jars: what is a directory is packed.
 */
public final class ChildJvm {
    private static final String TRAINING = "multipath.child.training";

    private static final Path DIRECTORY = Path.of("target", "child-jvm");
    private static final Path ARCHIVE = DIRECTORY.resolve("classes.jsa");

    /** What the archive is made of: another build's would be of no use. */
    private static final Path MADE_OF = DIRECTORY.resolve("made-of.txt");

    private ChildJvm() {}

    /** The options that name the class path, and behind which a main class may stand. */
    public static List<String> classPath() {
        return Shared.OPTIONS;
    }

    /** Made when it is asked for the first time. */
    private static final class Shared {
        static final List<String> OPTIONS = make();

        private Shared() {}
    }

    private static List<String> make() {
        List<Path> own = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .map(Path::toAbsolutePath)
                .toList();
        String training = System.getProperty(TRAINING);
        if (training == null) {
            return List.of("-cp", join(own));
        }
        String packed = join(packed(own));
        try {
            Files.createDirectories(DIRECTORY);
            // Of the JVMs that share a module's tests the first one makes it, and the others wait.
            try (FileChannel file =
                    FileChannel.open(DIRECTORY.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                file.lock(); // until the file is closed
                String madeOf = describe(own);
                if (!Files.exists(MADE_OF) || !Files.readString(MADE_OF).equals(madeOf)) {
                    Files.deleteIfExists(MADE_OF);
                    pack(own);
                    train(packed, training);
                    Files.writeString(MADE_OF, madeOf);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // If there is none, or it is of no use, classes are loaded as ever; nobody wants to read that among what the
        // child says.
        return List.of("-XX:SharedArchiveFile=" + ARCHIVE.toAbsolutePath(), "-Xlog:cds*=off", "-cp", packed);
    }

    private static String join(List<Path> classPath) {
        return classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** The same, with jars for directories. */
    private static List<Path> packed(List<Path> classPath) {
        List<Path> jars = new ArrayList<>();
        for (Path entry : classPath) {
            jars.add(
                    Files.isDirectory(entry)
                            ? DIRECTORY.resolve(jars.size() + ".jar").toAbsolutePath()
                            : entry);
        }
        return jars;
    }

    private static void pack(List<Path> classPath) throws IOException {
        List<Path> jars = packed(classPath);
        for (int i = 0; i < jars.size(); i++) {
            if (Files.isDirectory(classPath.get(i))) {
                pack(classPath.get(i), jars.get(i));
            }
        }
    }

    private static void pack(Path directory, Path jar) throws IOException {
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(jar));
                ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setLevel(Deflater.NO_COMPRESSION);
            for (Path path : files(directory)) {
                zip.putNextEntry(
                        new ZipEntry(directory.relativize(path).toString().replace(File.separatorChar, '/')));
                Files.copy(path, zip);
                zip.closeEntry();
            }
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String describe(List<Path> classPath) throws IOException {
        StringBuilder text =
                new StringBuilder(System.getProperty("java.home") + ' ' + System.getProperty("java.vm.version") + '\n');
        for (Path entry : classPath) {
            for (Path file : files(entry)) {
                text.append(file)
                        .append(' ')
                        .append(Files.size(file))
                        .append(' ')
                        .append(Files.getLastModifiedTime(file))
                        .append('\n');
            }
        }
        return text.toString();
    }

    private static void train(String classPath, String training) throws IOException {
        Files.deleteIfExists(ARCHIVE);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:ArchiveClassesAtExit=" + ARCHIVE,
                "-cp",
                classPath));
        command.addAll(List.of(training.split(" ")));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(DIRECTORY.resolve("training.txt").toFile()))
                .start();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
