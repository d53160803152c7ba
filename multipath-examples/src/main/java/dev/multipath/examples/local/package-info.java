/** Paths that leave by an interface, whatever its addresses are when they are dialled. */
package dev.multipath.examples.local;
