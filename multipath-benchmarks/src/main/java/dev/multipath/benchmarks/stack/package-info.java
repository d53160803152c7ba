/**
 * Whole stacks over loopback: plain Netty and multipath, one event loop an end, both ends in this JVM; and what is done with
 * them.
 */
package dev.multipath.benchmarks.stack;
