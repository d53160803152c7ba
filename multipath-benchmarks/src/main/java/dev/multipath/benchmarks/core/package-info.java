/** The session without I/O: two of them in one thread, linked in memory, in virtual time. */
package dev.multipath.benchmarks.core;
