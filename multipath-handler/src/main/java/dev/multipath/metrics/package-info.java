/**
 * What is counted: trackers, counters and snapshots, per path. Knows nothing of sessions or channels and imports no
 * other room. It lies below the session, which imports its interfaces; every room above may. Counters are written on
 * a session's event loop and read from anywhere.
 */
package dev.multipath.metrics;
