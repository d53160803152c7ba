/**
 * Benchmarks: JMH's for parts, and runs of the whole beside plain Netty and Go. Each is a command of {@code benchmarks.jar}.
 * Nothing imports this package, and it may import everything.
 * JMH's threads run its benchmarks; they are Netty's kind of thread, so that buffers are pooled as on an event loop.
 */
package dev.multipath.benchmarks;
