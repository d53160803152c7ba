/**
 * What is counted: trackers, counters and snapshots, per path. Knows nothing of sessions or channels and imports no
 * other room; every room above may import it. Counters are written on a session's event loop and read from anywhere.
 */
package dev.multipath.metrics;
