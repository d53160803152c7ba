package dev.multipath.benchmarks.fleet;

/**
 * What came of it.
 *
 * @param joins attempts
 * @param misses those that came to another server
 * @param recoveries paths that were lost and came back
 * @param medianSeconds the median time that took
 * @param p99Seconds the time that 99 of 100 took at most
 * @param ended sessions that ended by themselves
 * @param cut sessions that were still there when their process's drain was over
 * @param starved sessions that had no path for the resumption time-out
 */
record FleetResult(
        long joins,
        long misses,
        long recoveries,
        double medianSeconds,
        double p99Seconds,
        long ended,
        long cut,
        long starved) {

    double missShare() {
        return joins == 0 ? 0 : (double) misses / joins;
    }
}
