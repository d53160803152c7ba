package dev.multipath.channel;

/**
 * Fired through the pipeline of a plain connection as a user event, before {@code channelActive}: there is no session, as the
 * server speaks no multipath. See {@link PlainFallback}.
 *
 * @param cause why the session's path to that server failed
 */
public record PlainFallbackEvent(Throwable cause) {}
