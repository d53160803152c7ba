/**
 * A workload and a checker of its histories, by somebody who knows nothing of the product but that it carries TCP streams:
 * programs of their own, with nothing in them but the JDK. {@code HistoryTest} runs them around two processes of the tool.
 */
package dev.multipath.examples.history;
