package dev.multipath.session;

import dev.multipath.codec.OpaqueBytes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Tells states of the model apart: a hash over everything that the sessions hold, found by reflection, so that a new field
 * counts by itself. Times count relative to the present. Left out is what changes no decision in a model in which frames
 * take no time (measured rates, round trips, statistics), randomness, and keys.
 */
final class ModelFingerprint {

    private static final Set<String> LEFT_OUT = Set.of(
            "heardAtNanos",
            "probeAtNanos",
            "deliveredAtNanos",
            "deliveredBytes",
            "deliveredBytesBefore",
            "deliveredAtNanosBefore",
            "deliveredSentAtNanos",
            "deliveredSentAtNanosBefore",
            "limitedByOthers",
            "limitedUpToBytes",
            "newestLimited",
            "newestWaited",
            "roundTrips",
            "roundTripEndsAtBytes",
            "congestion",
            "expectedAtNanos",
            "overdueAtNanos",
            "nextFrame",
            "overtaking",
            "acknowledgedUpTo",
            "newestAtNanos",
            "notListeningAtNanos",
            "undisturbedSinceNanos",
            "newReceivedBytes",
            "epochStartNanos",
            "timeoutAtNanos",
            "rtt",
            "rate",
            "tracker",
            "attachment",
            "lastLoss",
            "config",
            "scheduler");

    private static final Map<Class<?>, List<Field>> FIELDS = new HashMap<>();

    private final IdentityHashMap<Object, Integer> seen = new IdentityHashMap<>();
    private final long nowNanos;
    private long hash = 0x9E3779B97F4A7C15L;

    ModelFingerprint(long nowNanos) {
        this.nowNanos = nowNanos;
    }

    long hash() {
        return hash;
    }

    ModelFingerprint add(long value) {
        hash = (hash ^ value) * 0xFF51AFD7ED558CCDL;
        hash ^= hash >>> 32;
        return this;
    }

    ModelFingerprint add(Object object) {
        if (object == null) {
            return add(1);
        }
        if (object instanceof Number number) {
            return add(number.longValue());
        }
        if (object instanceof Boolean truth) {
            return add(truth ? 3 : 2);
        }
        if (object instanceof Enum<?> constant) {
            return add(constant.ordinal() + 100);
        }
        if (object instanceof ByteBuf bytes) {
            return add(bytes.readableBytes());
        }
        if (object instanceof CharSequence text) {
            return add(text.toString().hashCode());
        }
        if (isLeftOut(object)) {
            return this;
        }
        Integer before = seen.putIfAbsent(object, seen.size());
        if (before != null) {
            return add(before + 1_000);
        }
        addContent(object);
        return this;
    }

    private static boolean isLeftOut(Object object) {
        return object instanceof RandomGenerator
                || object instanceof ByteBufAllocator
                || object instanceof OpaqueBytes
                || object instanceof Duration
                || object instanceof Throwable;
    }

    private void addContent(Object object) {
        if (object.getClass().isArray()) {
            int length = Array.getLength(object);
            for (int i = 0; i < length; i++) {
                addElement(object, i);
            }
        } else if (object instanceof PriorityQueue<?> queue) {
            // Its inner order depends on its history.
            List<Object> sorted = new ArrayList<>();
            PriorityQueue<?> copy = new PriorityQueue<>(queue);
            while (!copy.isEmpty()) {
                sorted.add(copy.poll());
            }
            sorted.forEach(this::add);
        } else if (object instanceof Collection<?> collection) {
            add(collection.size());
            collection.forEach(this::add);
        } else if (object instanceof Map<?, ?> map) {
            add(map.size());
            map.forEach((key, value) -> add(key).add(value));
        } else {
            addFields(object);
        }
    }

    /** Empty slots of the windows' rings are skipped: there are thousands. */
    private void addElement(Object array, int index) {
        Object element = Array.get(array, index);
        if (element != null) {
            add(index).add(element);
        }
    }

    private void addFields(Object object) {
        for (Field field : FIELDS.computeIfAbsent(object.getClass(), ModelFingerprint::fields)) {
            try {
                Object value = field.get(object);
                boolean isTime = field.getName().endsWith("AtNanos")
                        || field.getName().endsWith("UntilNanos")
                        || field.getName().equals("deadlineNanos");
                if (isTime && (long) value != Deadline.NONE) {
                    add((long) value - nowNanos);
                } else {
                    add(value);
                }
            } catch (IllegalAccessException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static List<Field> fields(Class<?> type) {
        List<Field> fields = new ArrayList<>();
        for (Class<?> each = type; each != Object.class && each != null; each = each.getSuperclass()) {
            for (Field field : each.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())
                        && !field.isSynthetic()
                        && !LEFT_OUT.contains(field.getName())) {
                    field.setAccessible(true);
                    fields.add(field);
                }
            }
        }
        return fields;
    }

    /** A field of an object that the fingerprint counts. */
    static Object read(Object from, String name) {
        for (Field field : FIELDS.computeIfAbsent(from.getClass(), ModelFingerprint::fields)) {
            if (field.getName().equals(name)) {
                try {
                    return field.get(from);
                } catch (IllegalAccessException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError(from.getClass() + " has no " + name);
    }
}
