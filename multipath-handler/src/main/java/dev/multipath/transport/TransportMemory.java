package dev.multipath.transport;

/**
 * What a transport holds of its own memory beneath a subflow, for a server's memory budget, beside what each costs it. A transport that has
 * such fires it as a user event, whenever it has changed, in the pipeline of the channel that holds it ({@link SubflowResources#holder}).
 *
 * @param heldBytes the most that it can be now, without what the connection costs at rest
 * @param carriedBytes what has gone through the subflow from the peer: who has brought much may have more held
 */
public record TransportMemory(long heldBytes, long carriedBytes) {}
