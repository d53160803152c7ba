package dev.multipath.testing;

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Which requirements the tests of all modules name. The compiler reads their sources: no module sees the classes of all others. */
final class TestSources {

    /** What Surefire takes for tests. */
    private static final Pattern TEST_FILE = Pattern.compile("(Test.*|.*(Test|Tests|TestCase))\\.java");

    private static final Set<String> TESTS = Set.of(
            "Test",
            "ParameterizedTest",
            "RepeatedTest",
            "TestFactory",
            "TestTemplate",
            "Property",
            "Example",
            "FuzzTest");

    /** Of {@code @DisabledOnOs}, {@code @EnabledIf} and their like: such a test may never run. */
    private static final Pattern CONDITIONAL = Pattern.compile("(Disabled|Enabled).*");

    private static final Pattern STRING = Pattern.compile("\"([^\"]*)\"");

    private final Map<String, List<String>> testsByIdentifier = new LinkedHashMap<>();
    private final List<String> mistakes = new ArrayList<>();

    private TestSources() {}

    /** Of all modules beside the one in whose directory this runs. */
    static TestSources ofAllModules() {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            List<Path> files = new ArrayList<>();
            for (Path module : modules.toList()) {
                files.addAll(javaFiles(module.resolve("src/test/java")));
            }
            return of(files);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TestSources of(List<Path> files) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, manager, null, List.of(), null, manager.getJavaFileObjectsFromPaths(files));
            TestSources sources = new TestSources();
            for (CompilationUnitTree unit : task.parse()) {
                String file =
                        Path.of(unit.getSourceFile().toUri()).getFileName().toString();
                sources.new Scanner(file).scan(unit, TEST_FILE.matcher(file).matches());
            }
            return sources;
        }
    }

    private static List<Path> javaFiles(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
    }

    /** The tests, as file and method, that name each identifier. */
    Map<String, List<String>> testsByIdentifier() {
        return testsByIdentifier;
    }

    /** What is annotated and no test, or one that may not run. */
    List<String> mistakes() {
        return mistakes;
    }

    /** Carries along whether tests in here would run. */
    private final class Scanner extends TreeScanner<Void, Boolean> {
        private final String file;
        private boolean topLevel = true;

        Scanner(String file) {
            this.file = file;
        }

        @Override
        public Void visitClass(ClassTree type, Boolean runs) {
            boolean reached = topLevel || isAnnotated(type.getModifiers(), "Nested");
            boolean typeRuns = runs
                    && reached
                    && !type.getModifiers().getFlags().contains(Modifier.ABSTRACT)
                    && !isConditional(type.getModifiers());
            boolean hasTest = type.getMembers().stream().anyMatch(member -> isTest(member, typeRuns));
            note(type.getModifiers(), type.getSimpleName().toString(), hasTest);
            boolean wasTopLevel = topLevel;
            topLevel = false;
            super.visitClass(type, typeRuns);
            topLevel = wasTopLevel;
            return null;
        }

        @Override
        public Void visitMethod(MethodTree method, Boolean runs) {
            note(method.getModifiers(), method.getName().toString(), isTest(method, runs));
            return super.visitMethod(method, false);
        }

        @Override
        public Void visitVariable(VariableTree variable, Boolean runs) {
            note(variable.getModifiers(), variable.getName().toString(), false);
            return super.visitVariable(variable, runs);
        }

        private void note(ModifiersTree modifiers, String name, boolean isTest) {
            for (String identifier : named(modifiers)) {
                if (isTest) {
                    testsByIdentifier
                            .computeIfAbsent(identifier, none -> new ArrayList<>())
                            .add(file + " " + name);
                } else {
                    mistakes.add(
                            file + ": " + name + " names " + identifier + " and is no test, or one that may not run");
                }
            }
        }
    }

    private static boolean isTest(Tree member, boolean typeRuns) {
        return typeRuns
                && member instanceof MethodTree method
                && TESTS.stream().anyMatch(name -> isAnnotated(method.getModifiers(), name))
                && !isConditional(method.getModifiers());
    }

    private static boolean isConditional(ModifiersTree modifiers) {
        return modifiers.getAnnotations().stream()
                .anyMatch(annotation ->
                        CONDITIONAL.matcher(simpleName(annotation)).matches());
    }

    private static boolean isAnnotated(ModifiersTree modifiers, String name) {
        return modifiers.getAnnotations().stream()
                .anyMatch(annotation -> simpleName(annotation).equals(name));
    }

    private static List<String> named(ModifiersTree modifiers) {
        return modifiers.getAnnotations().stream()
                .filter(annotation -> simpleName(annotation).equals(Requirement.class.getSimpleName()))
                .flatMap(annotation ->
                        STRING.matcher(annotation.getArguments().toString()).results())
                .map((MatchResult string) -> string.group(1))
                .toList();
    }

    private static String simpleName(AnnotationTree annotation) {
        String name = annotation.getAnnotationType().toString();
        return name.substring(name.lastIndexOf('.') + 1);
    }
}
