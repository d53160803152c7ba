/**
 * A simulator of sessions: two session cores over modelled paths in virtual time, everything drawn from one seed. Only
 * tests import it, and it uses nothing of the core but its public interface. A simulation runs on the one thread that
 * called it, with no clock but its own.
 *
 * <p>A {@code Scenario} has one of two courses: all is delivered ({@code DeliveryScenarios}), or anything happens ({@code
 * EventfulScenarios}). {@code Simulation} runs both, between two {@code PlannedEndpoint}s, and {@code FlowChecks}, {@code
 * Direction} and {@code FrameLedger} look at both. For how fast it is there is a {@code TcpWorld}, whose connections are a
 * model of Linux's TCP, and judges.
 */
package dev.multipath.session.sim;
