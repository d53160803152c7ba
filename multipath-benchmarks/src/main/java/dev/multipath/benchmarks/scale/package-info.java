/** Large numbers of sessions: a server alone in this JVM, its clients in another; or one after the other. */
package dev.multipath.benchmarks.scale;
