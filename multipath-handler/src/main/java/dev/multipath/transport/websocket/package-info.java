/**
 * Subflows as WebSockets (RFC 6455), for networks that let nothing else through, and for servers behind HTTP proxies and content
 * delivery networks. Needs {@code netty-codec-http}. The stream of a subflow goes in binary messages, wherever it is divided;
 * its end in order is a Close with status 1000, and without that it was cut.
 */
package dev.multipath.transport.websocket;
