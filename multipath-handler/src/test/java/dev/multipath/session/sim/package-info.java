/**
 * A simulator of sessions: two session cores over modelled paths in virtual time, everything drawn from one seed. Only
 * tests import it, and it uses nothing of the core but its public interface. A simulation runs on the one thread that
 * called it, with no clock but its own.
 */
package dev.multipath.session.sim;
