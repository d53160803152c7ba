package dev.multipath.metrics;

import java.time.Instant;

/**
 * Why and when something went wrong on a path last: an attempt that failed, a join that was refused, or a subflow that was
 * lost.
 *
 * @param cause why; its text may hold what a peer has said
 * @param at when, by the wall clock
 */
public record PathFailure(Throwable cause, Instant at) {}
