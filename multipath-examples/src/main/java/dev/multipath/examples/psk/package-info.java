/** Subflows that a shared secret protects: TLS 1.3 by an external pre-shared key, which neither the JDK nor Netty's boringssl offers. */
package dev.multipath.examples.psk;
