package dev.multipath.scheduler;

import java.util.StringJoiner;

/**
 * What somebody wants of a path, beside where it leads. Each is kept to by the end that has it; only what makes a path a backup
 * is told to the peer. Counted is the payload of data frames, copies too.
 *
 * @param backup whether data go over it only while no other path delivers
 * @param weight its share among others, for {@link WeightedScheduler}
 * @param cost what a byte costs compared with others; 0 for nothing: {@link CostlyPathScheduler}, {@link HandoverScheduler}
 * @param maxBytesPerSecond how fast this end may send on it; {@link #UNLIMITED} for as fast as it can
 * @param quotaBytes how much of the stream may go over it in all, both ways; {@link #UNLIMITED} for all. When that is used up, this end
 *     sends no more data on it, and the path is a backup for the peer
 * @param sockets how many connections a client makes of it at a time. Together they are allowed to have in flight what one would, so what
 *     is lost on one holds up only its share, and more of them do not get more of the network
 */
public record PathAttributes(
        boolean backup, int weight, int cost, long maxBytesPerSecond, long quotaBytes, int sockets) {

    /** No limit. */
    public static final long UNLIMITED = Long.MAX_VALUE;

    /** What a path is if nobody has said anything: no backup, of weight 1, for nothing, without limits. */
    public static final PathAttributes DEFAULT = new PathAttributes(false, 1, 0, UNLIMITED, UNLIMITED, 1);

    /** So that sums and products of them stay in range. */
    private static final int MAX = 1_000_000;

    /** Twice as many as a server lets into a session by default, for all its paths. */
    private static final int MAX_SOCKETS = 32;

    /**
     * Checks the ranges.
     *
     * @param backup any
     * @param weight 1 to 1,000,000
     * @param cost 0 to 1,000,000
     * @param maxBytesPerSecond at least 1,000: less would not carry a frame in a time that anybody waits
     * @param quotaBytes not negative
     * @param sockets 1 to 32
     * @throws IllegalArgumentException if a value is out of its range
     */
    public PathAttributes {
        require("weight", weight, 1, MAX);
        require("cost", cost, 0, MAX);
        require("maxBytesPerSecond", maxBytesPerSecond, 1_000, UNLIMITED);
        require("quotaBytes", quotaBytes, 0, UNLIMITED);
        require("sockets", sockets, 1, MAX_SOCKETS);
    }

    private static void require(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be in " + least + ".." + most + ", not " + value);
        }
    }

    /**
     * {@return the same, but for this}
     *
     * @param newBackup whether data go over it only while no other path delivers
     */
    public PathAttributes withBackup(boolean newBackup) {
        return new PathAttributes(newBackup, weight, cost, maxBytesPerSecond, quotaBytes, sockets);
    }

    /**
     * {@return the same, but for this}
     *
     * @param newWeight its share among others
     */
    public PathAttributes withWeight(int newWeight) {
        return new PathAttributes(backup, newWeight, cost, maxBytesPerSecond, quotaBytes, sockets);
    }

    /**
     * {@return the same, but for this}
     *
     * @param newCost what a byte costs compared with others
     */
    public PathAttributes withCost(int newCost) {
        return new PathAttributes(backup, weight, newCost, maxBytesPerSecond, quotaBytes, sockets);
    }

    /**
     * {@return the same, but for this}
     *
     * @param newMaxBytesPerSecond how fast this end may send on it
     */
    public PathAttributes withMaxBytesPerSecond(long newMaxBytesPerSecond) {
        return new PathAttributes(backup, weight, cost, newMaxBytesPerSecond, quotaBytes, sockets);
    }

    /**
     * {@return the same, but for this}
     *
     * @param newQuotaBytes how much of the stream may go over it in all
     */
    public PathAttributes withQuotaBytes(long newQuotaBytes) {
        return new PathAttributes(backup, weight, cost, maxBytesPerSecond, newQuotaBytes, sockets);
    }

    /**
     * {@return the same, but for this}
     *
     * @param newSockets how many connections a client makes of it at a time
     */
    public PathAttributes withSockets(int newSockets) {
        return new PathAttributes(backup, weight, cost, maxBytesPerSecond, quotaBytes, newSockets);
    }

    /** {@return it for a log: what is not as by default, or {@code default}} */
    @Override
    public String toString() {
        StringJoiner wishes = new StringJoiner(", ").setEmptyValue("default");
        if (backup) {
            wishes.add("backup");
        }
        add(wishes, "weight", weight, DEFAULT.weight);
        add(wishes, "cost", cost, DEFAULT.cost);
        add(wishes, "maxBytesPerSecond", maxBytesPerSecond, UNLIMITED);
        add(wishes, "quotaBytes", quotaBytes, UNLIMITED);
        add(wishes, "sockets", sockets, DEFAULT.sockets);
        return wishes.toString();
    }

    private static void add(StringJoiner wishes, String name, long value, long usual) {
        if (value != usual) {
            wishes.add(name + "=" + value);
        }
    }
}
