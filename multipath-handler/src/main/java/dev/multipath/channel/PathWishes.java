package dev.multipath.channel;

import dev.multipath.congestion.PathLimits;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.MultipathSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What is wanted of the paths of a session, and what of it has been used up: for all subflows that a path has. On
 * the session's event loop.
 */
final class PathWishes {

    /** Of one path. */
    private record Wish(Path path, PathAttributes attributes, PathLimits limits) {}

    /** What is wanted of a path of which nothing else was said; as the option is now. */
    private final Supplier<Function<Path, PathAttributes>> option;

    /** A list, as there are few, and a map costs an idle session as much as a subflow's congestion control. */
    private final List<Wish> wishes = new ArrayList<>(2);

    PathWishes(Supplier<Function<Path, PathAttributes>> option) {
        this.option = option;
    }

    /** There is a new subflow, which the session may not have let in yet. */
    void onLink(MultipathSession session, SubflowLink link) {
        tell(session, link, of(link.path()));
    }

    private Wish of(Path path) {
        for (Wish wish : wishes) {
            if (wish.path.equals(path)) {
                return wish;
            }
        }
        Wish wish = new Wish(path, Objects.requireNonNull(option.get().apply(path)), new PathLimits());
        wishes.add(wish);
        return wish;
    }

    private static void tell(MultipathSession session, SubflowLink link, Wish wish) {
        session.path(link.subflow(), link.path().label(), wish.attributes, wish.limits);
    }

    /** Something else is wanted from now on, of a path that there is. */
    void set(MultipathSession session, Path path, PathAttributes attributes, Iterable<SubflowLink> links) {
        Wish wish = new Wish(path, attributes, of(path).limits);
        forget(path);
        wishes.add(wish);
        for (SubflowLink link : links) {
            tell(session, link, wish);
        }
    }

    /** Nobody needs the path any more. */
    void forget(Path path) {
        wishes.removeIf(wish -> wish.path.equals(path));
    }
}
