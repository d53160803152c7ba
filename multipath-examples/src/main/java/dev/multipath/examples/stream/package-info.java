/**
 * What a session's bytes are joined to: standard streams, a command's pipes, a TCP connection, themselves.
 * It may import the library and Netty; the commands and the demo import it.
 * Handlers run on their channel's event loop; a blocking stream has one thread per direction and hands over by queue.
 */
package dev.multipath.examples.stream;
