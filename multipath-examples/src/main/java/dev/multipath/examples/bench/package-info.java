/** Measures what a session carries, as iperf3 does for a connection. */
package dev.multipath.examples.bench;
