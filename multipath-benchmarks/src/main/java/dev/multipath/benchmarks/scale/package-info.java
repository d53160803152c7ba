/** Large numbers of sessions: a server alone in this JVM, its clients in another. */
package dev.multipath.benchmarks.scale;
