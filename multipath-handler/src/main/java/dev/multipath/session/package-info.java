/**
 * The protocol as a pure state machine: numbering, splitting, acknowledging, repeating, reordering and timing of one
 * session over its subflows. It does no I/O and owns no clock, thread or randomness: time and random numbers come in,
 * frames and events come out, and {@code ByteBuf} is all it knows of Netty. It imports the codec, the schedulers and the
 * metrics; everything in it runs on the one thread that owns the session.
 * The serialized form of exceptions is no part of the API.
 *
 * @serial exclude
 */
package dev.multipath.session;
