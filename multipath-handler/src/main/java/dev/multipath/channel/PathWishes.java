package dev.multipath.channel;

import dev.multipath.congestion.PathLimits;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.MultipathSession;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What is wanted of the paths of a session, and what of it has been used up: for all subflows that a path has. On
 * the session's event loop.
 */
final class PathWishes {

    /** Of one path. */
    private record Wish(PathAttributes attributes, PathLimits limits) {}

    /** What is wanted of a path of which nothing else was said; as the option is now. */
    private final Supplier<Function<Path, PathAttributes>> option;

    private final Map<Path, Wish> wishes = new HashMap<>();

    PathWishes(Supplier<Function<Path, PathAttributes>> option) {
        this.option = option;
    }

    /** There is a new subflow, which the session may not have let in yet. */
    void onLink(MultipathSession session, SubflowLink link) {
        tell(session, link, of(link.path()));
    }

    private Wish of(Path path) {
        return wishes.computeIfAbsent(
                path, p -> new Wish(Objects.requireNonNull(option.get().apply(p)), new PathLimits()));
    }

    private static void tell(MultipathSession session, SubflowLink link, Wish wish) {
        session.path(link.subflow(), link.path().label(), wish.attributes, wish.limits);
    }

    /** Something else is wanted from now on, of a path that there is. */
    void set(MultipathSession session, Path path, PathAttributes attributes, Iterable<SubflowLink> links) {
        Wish wish = new Wish(attributes, of(path).limits);
        wishes.put(path, wish);
        for (SubflowLink link : links) {
            tell(session, link, wish);
        }
    }

    /** Nobody needs the path any more. */
    void forget(Path path) {
        wishes.remove(path);
    }
}
