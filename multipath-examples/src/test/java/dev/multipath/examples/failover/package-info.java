/**
 * Sessions over emulated paths that die, stall and come back under load. Uses the library as an application would,
 * through its public interface only; imports the emulator. Each test owns its event loops.
 */
package dev.multipath.examples.failover;
