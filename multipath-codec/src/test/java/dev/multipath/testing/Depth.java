package dev.multipath.testing;

/**
 * How far a test goes that has no end of its own, as a search or a simulation: a part of the way in {@code mvn verify}, which
 * people wait for; all of it in {@code mvn verify -Pdeep}, which {@code .ci/run} does. Sets of parameters have {@link OneIn}.
 */
public final class Depth {

    private static final boolean DEEP = Boolean.getBoolean("multipath.deep");

    private Depth() {}

    static boolean isDeep() {
        return DEEP;
    }

    /** One of the two. */
    public static int of(int inTheBuild, int deep) {
        return DEEP ? deep : inTheBuild;
    }
}
