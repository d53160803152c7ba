package dev.multipath.testsuite.kill;

/** Of bytes: the client's, or the server's. */
enum Direction {
    UP,
    DOWN;

    Direction other() {
        return this == UP ? DOWN : UP;
    }
}
