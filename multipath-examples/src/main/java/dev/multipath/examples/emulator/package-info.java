/**
 * An in-process path emulator: a TCP relay on loopback that behaves like a network path with a rate, a delay, a bounded
 * queue and outages. Everything in the examples, the tests and the benchmarks may import it; it imports nothing but
 * Netty and the JDK. Each emulator lives on one event loop, and its public methods may be called from any other thread.
 */
package dev.multipath.examples.emulator;
