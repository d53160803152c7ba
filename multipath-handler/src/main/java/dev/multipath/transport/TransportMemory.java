package dev.multipath.transport;

/**
 * What a transport holds of its own memory beneath a subflow, for a server's memory budget, beside what each costs it. A transport that has
 * such ({@link SubflowTransport#resources}) fires it in the subflow's pipeline as a user event, whenever it has changed.
 *
 * @param heldBytes the most that it can be now, without what the connection costs at rest
 * @param carriedBytes what has gone through the subflow from the peer: who has brought much may have more held
 */
public record TransportMemory(long heldBytes, long carriedBytes) {}
