/**
 * Traffic over several paths between two processes, for the driver in {@code multipath-benchmarks/pathsim}, which has the same from
 * kernel sockets. What is measured is printed as a line of JSON.
 */
package dev.multipath.benchmarks.paths;
