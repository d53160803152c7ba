package dev.multipath.benchmarks.fleet;

import java.time.Duration;

/**
 * What is simulated.
 *
 * @param servers processes at a time
 * @param sessions open at a time, with two paths each
 * @param routing what balancers do with joins
 * @param sessionLife mean life of a session
 * @param pathLife mean time until a path is lost, and dialled again
 * @param mapDelay until balancers know a new process's id; each path's balancer by itself, evenly up to this
 * @param restarts one process is replaced by another each time that this has passed
 * @param drain how long sessions of a process that is replaced may go on
 * @param duration how long
 */
record FleetPlan(
        int servers,
        int sessions,
        Routing routing,
        Duration sessionLife,
        Duration pathLife,
        Duration mapDelay,
        Duration restarts,
        Duration drain,
        Duration duration) {}
