/** A fleet of servers behind balancers, on paper: what becomes of joins while processes are restarted. */
package dev.multipath.benchmarks.fleet;
