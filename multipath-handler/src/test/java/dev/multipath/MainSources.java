package dev.multipath;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The main code of all modules, as it is written: no module sees the classes of all others. */
final class MainSources {

    private MainSources() {}

    /** Of all modules beside the one in whose directory this runs. */
    static List<Path> files() throws IOException {
        // Not all there is: what other tests write and delete meanwhile would break the walk.
        List<Path> roots = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            modules.map(module -> module.resolve("src/main/java"))
                    .filter(Files::isDirectory)
                    .forEach(roots::add);
        }
        List<Path> sources = new ArrayList<>();
        for (Path root : roots) {
            try (Stream<Path> files = Files.walk(root)) {
                files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        return sources;
    }

    /** The flags of each class that has any, by its file and name; not of records, and no constants. */
    static Map<String, List<String>> flags(List<Path> files) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, List<String>> flags = new TreeMap<>();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, manager, null, List.of(), null, manager.getJavaFileObjectsFromPaths(files));
            for (CompilationUnitTree unit : task.parse()) {
                new Flags(Path.of(unit.getSourceFile().toUri()).getFileName().toString(), flags).scan(unit, null);
            }
        }
        return flags;
    }

    private static final class Flags extends TreeScanner<Void, Void> {
        private final String file;
        private final Map<String, List<String>> found;

        Flags(String file, Map<String, List<String>> found) {
            this.file = file;
            this.found = found;
        }

        @Override
        public Void visitClass(ClassTree type, Void none) {
            List<String> flags = type.getKind() == Tree.Kind.RECORD
                    ? List.of()
                    : type.getMembers().stream()
                            .filter(Flags::isFlag)
                            .map(Tree::toString)
                            .toList();
            if (!flags.isEmpty()) {
                found.computeIfAbsent(file + " " + type.getSimpleName(), name -> new ArrayList<>())
                        .addAll(flags);
            }
            return super.visitClass(type, none);
        }

        private static boolean isFlag(Tree member) {
            return member instanceof VariableTree field
                    && field.getType().toString().equals("boolean")
                    && !field.getModifiers().getFlags().contains(Modifier.STATIC);
        }
    }
}
