/**
 * Benchmarks: JMH ones of parts, and side-by-side runs of the whole against plain Netty.
 * Nothing imports this package, and it may import everything.
 * JMH's threads run its benchmarks; they are Netty's kind of thread, so that buffers are pooled as on an event loop.
 */
package dev.multipath.benchmarks;
