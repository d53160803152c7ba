package dev.multipath.transport;

import javax.net.ssl.SSLException;

/**
 * A TLS subflow ended without the peer's {@code close_notify} (RFC 8446 section 6.1): the network, or somebody on it, has
 * cut it off.
 */
public final class TlsTruncatedException extends SSLException {

    /**
     * For whoever sees a TLS handler end like that.
     *
     * @param cause what the TLS handler says
     */
    public TlsTruncatedException(Throwable cause) {
        super("closed without close_notify", cause);
    }
}
