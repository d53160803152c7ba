/**
 * An attacker of its own beside an honest client: what {@code docs/PROTOCOL.md} says, in plain sockets, without a class of
 * the product. {@code AttackOnPlacesTest} and its like run its attacks on real servers and clients in processes of their own.
 */
package dev.multipath.testsuite.attack;
