package dev.multipath.micrometer;

import dev.multipath.session.SessionRole;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Where all numbers are added up, and the registries that show them. Thread-safe. */
final class MeterBook {

    /** Instead of a path's name once there are too many. */
    static final String OTHER = "other";

    private final Tags tags;
    private final UnaryOperator<String> names;
    private final int maxNames;
    private final Runnable refresh;
    private final List<MeterRegistry> registries = new CopyOnWriteArrayList<>();
    private final Map<SessionRole, RoleTotals> roles = new EnumMap<>(SessionRole.class);
    private final Map<String, PathTotals> paths = new ConcurrentHashMap<>();

    /** Those of them that no registry shows yet. */
    private final List<PathTotals> unregistered = new ArrayList<>();

    MeterBook(Tags tags, UnaryOperator<String> names, int maxNames, Runnable refresh) {
        this.tags = tags;
        this.names = names;
        this.maxNames = maxNames;
        this.refresh = refresh;
        for (SessionRole role : SessionRole.values()) {
            roles.put(role, new RoleTotals(role, tags, refresh));
        }
    }

    Tags tags() {
        return tags;
    }

    RoleTotals of(SessionRole role) {
        return roles.get(role);
    }

    Collection<RoleTotals> roles() {
        return roles.values();
    }

    Collection<PathTotals> paths() {
        return paths.values();
    }

    /** The totals of the paths of that name, or of those that there are too many of. */
    PathTotals of(String pathName) {
        String name = names.apply(pathName);
        PathTotals known = paths.get(name);
        return known != null ? known : enter(name);
    }

    private synchronized PathTotals enter(String name) {
        String entered = paths.containsKey(name) || paths.size() < maxNames ? name : OTHER;
        PathTotals known = paths.get(entered);
        if (known != null) {
            return known;
        }
        PathTotals totals = new PathTotals(tags.and("path", entered), refresh);
        paths.put(entered, totals);
        unregistered.add(totals);
        return totals;
    }

    /** Shows the totals of new names. Without any lock of ours, as registries have their own and may ask for numbers. */
    void registerNew() {
        List<PathTotals> fresh;
        synchronized (this) {
            fresh = List.copyOf(unregistered);
            unregistered.clear();
        }
        fresh.forEach(totals -> registries.forEach(totals::register));
    }

    void register(MeterRegistry registry) {
        registries.add(registry);
        roles.values().forEach(role -> role.register(registry));
        paths.values().forEach(path -> path.register(registry));
    }

    /** Something to tell each registry once. */
    void record(Consumer<MeterRegistry> action) {
        registries.forEach(action);
    }
}
