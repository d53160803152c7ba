package dev.multipath.admission;

import java.util.Objects;
import java.util.Set;

/** One that is held at a server, or is to be. Its state belongs to its {@link Places}. */
public final class Place {

    /** Whoever holds a place. */
    @FunctionalInterface
    public interface Tenant {

        /**
         * The place is taken away; the tenant is to go. Called once at the most, on any thread, without locks.
         *
         * @param why what was short
         */
        void onEvicted(Shortage why);
    }

    final Object source;
    final Tenant tenant;

    /** What it is known by while its protection lasts, and what it falls back to. */
    Standing rest;

    int worth;

    /** Null if it is not held. */
    Standing standing;

    /** Of the moment since which it has had its standing: the lowest is the oldest. */
    long order;

    long protectedUntilNanos;

    /** What would be less short without it. */
    Set<Shortage> held = Set.of();

    /**
     * To be entered.
     *
     * @param source from {@link SourceQuota#sourceOf}
     * @param tenant is told if it loses it
     */
    public Place(Object source, Tenant tenant) {
        this.source = Objects.requireNonNull(source);
        this.tenant = Objects.requireNonNull(tenant);
    }

    /** {@return whom it counts for} */
    public Object source() {
        return source;
    }
}
