package dev.multipath.testsuite.attack;

/** How much of everything: a little in the build, all of it by {@code -Dattack.scale=full}. */
enum Scale {
    SHORT,
    FULL;

    static Scale current() {
        return valueOf(System.getProperty("attack.scale", "short").toUpperCase());
    }

    int of(int inTheBuild, int inFull) {
        return this == FULL ? inFull : inTheBuild;
    }
}
