/**
 * Netty's own protocol stacks on top of sessions whose better path dies under load: what runs on a socket runs on a
 * session, unchanged. Uses the library through its public interface only; imports the emulator.
 */
package dev.multipath.examples.stacks;
