/**
 * Tests that exchange data with the unmodified Go library, in both roles, through a tap that reads along on the wire.
 *
 * <p>May import everything of this project; nothing imports it. The tests run on JUnit's thread, the Java end on its
 * event loops, the tap on threads of its own, and the Go end in a process of its own.
 */
package dev.multipath.examples.interop;
