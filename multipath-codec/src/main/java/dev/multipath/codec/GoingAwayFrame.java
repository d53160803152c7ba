package dev.multipath.codec;

/** The sender will end soon, and this session with it if it is not over by then. Type 9, extended type 2. */
public record GoingAwayFrame() implements ExtendedFrame {}
