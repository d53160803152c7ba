package dev.multipath.benchmarks.fleet;

/** How a balancer finds the server of a join. */
enum Routing {
    /** By the server id in the session's name; by chance, as long as its map does not know the id. */
    BY_NAME,
    /** By chance, as the kernel does among the processes of a port. */
    BY_CHANCE
}
