/** The commands of the suite: what is compared with what, one class a question. */
package dev.multipath.benchmarks.suite;
