/**
 * Subflows over QUIC (RFC 9000): one connection with one bidirectional stream each. {@link
 * dev.multipath.quic.QuicTransport} is the way in; nothing else of the project needs this package, or loads it. Unless they say
 * otherwise, methods run on the event loop of the subflow.
 */
package dev.multipath.quic;
