/**
 * Optional: meters of sessions and their paths for Micrometer, whose {@code micrometer-core} must be on the class path. It looks
 * at what everybody may see, {@link dev.multipath.channel.SessionSnapshot} and a session's events, and is in no frame's way.
 */
package dev.multipath.micrometer;
