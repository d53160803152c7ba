package dev.multipath.path;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The paths of a {@link PathManager}: a slot for each, or for each connection of one that has several. On its event loop. */
final class PathSlots {

    private final EventLoop eventLoop;
    private final DialPolicy policy;
    private final RandomGenerator random;
    private final List<PathSlot> slots = new ArrayList<>(2);

    PathSlots(EventLoop eventLoop, DialPolicy policy, RandomGenerator random) {
        this.eventLoop = eventLoop;
        this.policy = policy;
        this.random = random;
    }

    /** Adds some: the first connection of each, then the second of each that has several. No path waits for another's. */
    void addAll(List<Path> paths) {
        List<List<Path>> each = paths.stream().map(Path::sockets).toList();
        int most = each.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < most; i++) {
            for (List<Path> ofPath : each) {
                if (i < ofPath.size()) {
                    all().add(new PathSlot(ofPath.get(i), new RedialBackoff(policy, random)));
                }
            }
        }
    }

    List<PathSlot> all() {
        assert OwnerLoop.isCurrent(eventLoop);
        return slots;
    }

    /** A copy, as it is needed where a transport is called, which may be the application's and change the paths. */
    List<PathSlot> copy() {
        return List.copyOf(all());
    }

    /** Those of all connections of a path, a copy. */
    List<PathSlot> of(Path path) {
        return all().stream()
                .filter(slot -> slot.path.whole().equals(path.whole()))
                .toList();
    }

    /** The paths, a copy. */
    List<Path> paths() {
        return all().stream().map(slot -> slot.path.whole()).distinct().toList();
    }

    /** Null if it is not there. */
    PathSlot get(Path path) {
        for (PathSlot slot : all()) {
            if (slot.path.equals(path)) {
                return slot;
            }
        }
        return null;
    }

    /** Null if the attempt was given up, and has not heard of that yet on its own loop. */
    PathSlot get(SubflowDialer dialer) {
        PathSlot slot = get(dialer.path());
        return slot != null && slot.isUnderWay(dialer) ? slot : null;
    }

    /** Whether it is one of them, and no other has taken its place. */
    boolean has(PathSlot slot) {
        return get(slot.path) == slot;
    }
}
