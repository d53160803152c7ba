package dev.multipath;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which classes depend on each other in a circle. Nested classes count as a part of the one around them. */
final class ClassCycles {

    private final Map<String, Set<String>> dependencies = new HashMap<>();

    ClassCycles(Collection<JavaClass> classes) {
        classes.forEach(each -> dependencies.put(outermost(each), new HashSet<>()));
        for (JavaClass each : classes) {
            Set<String> of = dependencies.get(outermost(each));
            for (Dependency dependency : each.getDirectDependenciesFromSelf()) {
                String target = outermost(dependency.getTargetClass().getBaseComponentType());
                if (dependencies.containsKey(target) && !target.equals(outermost(each))) {
                    of.add(target);
                }
            }
        }
    }

    private static String outermost(JavaClass each) {
        return each.getEnclosingClass().map(ClassCycles::outermost).orElse(each.getName());
    }

    /** The simple names of those that reach themselves. */
    Set<String> members() {
        Set<String> members = new TreeSet<>();
        for (String name : dependencies.keySet()) {
            if (reaches(name, name)) {
                members.add(name.substring(name.lastIndexOf('.') + 1));
            }
        }
        return members;
    }

    private boolean reaches(String from, String to) {
        Set<String> seen = new HashSet<>();
        ArrayDeque<String> next = new ArrayDeque<>(dependencies.get(from));
        while (!next.isEmpty()) {
            String name = next.poll();
            if (name.equals(to)) {
                return true;
            }
            if (seen.add(name)) {
                next.addAll(dependencies.get(name));
            }
        }
        return false;
    }
}
