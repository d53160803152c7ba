/**
 * Optional: a live page of sessions and their paths, for an HTTP server of Netty's. It needs {@code netty-codec-http} and the
 * WebJar {@code org.webjars.npm:uplot} on the class path. It looks at what everybody may see,
 * {@link dev.multipath.channel.SessionSnapshot}, and acts by what every application can call.
 */
package dev.multipath.dashboard;
