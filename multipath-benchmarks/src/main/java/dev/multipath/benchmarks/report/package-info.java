/**
 * How figures are taken and shown: interleaved rounds, ratios within one run, and a table, JSON and a chart of them. Knows
 * nothing of what is measured.
 */
package dev.multipath.benchmarks.report;
