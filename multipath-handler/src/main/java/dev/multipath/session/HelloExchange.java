package dev.multipath.session;

import dev.multipath.codec.HelloFrame;
import dev.multipath.codec.OpaqueBytes;
import java.time.Duration;

/** What the two ends of a session of the extended profile tell each other of themselves: {@code docs/PROTOCOL.md} 4.2. */
final class HelloExchange {

    /** No varint. */
    private static final long UNKNOWN = -1;

    private final ExtendedConfig config;
    private final ReceiveCredit receiveCredit;
    private long peerFeatures = UNKNOWN;

    HelloExchange(ExtendedConfig config, ReceiveCredit receiveCredit) {
        this.config = config;
        this.receiveCredit = receiveCredit;
    }

    /** What this end says; the key only once. */
    HelloFrame own(OpaqueBytes key) {
        long timeoutMillis = config.resumptionTimeout().toMillis();
        return new HelloFrame(
                HelloFrame.MINOR_VERSION,
                HelloFrame.ADDRESSES
                        | HelloFrame.SUSPICIONS
                        | HelloFrame.GOING_AWAY
                        | (timeoutMillis > 0 ? HelloFrame.RESUMPTION : 0)
                        | (config.joinsElsewhere() ? HelloFrame.JOINS_ELSEWHERE : 0),
                receiveCredit.grant(),
                timeoutMillis,
                config.maxSubflows(),
                key);
    }

    /** The peer's word; its first one holds. */
    void onPeer(HelloFrame hello) {
        if (!isPeerKnown()) {
            peerFeatures = hello.features();
        }
    }

    boolean isPeerKnown() {
        return peerFeatures != UNKNOWN;
    }

    /** Until it has said, it is taken to. */
    boolean peerListensTo(long feature) {
        return !isPeerKnown() || (peerFeatures & feature) != 0;
    }

    /** How long the session may be without a subflow: both ends have to keep it. */
    Duration resumptionTimeout() {
        Duration own = config.resumptionTimeout();
        if (!isPeerKnown()) {
            // A client that was never heard of may have lost interest; if it has the key, it comes at once.
            return own.compareTo(config.joinTimeout()) < 0 ? own : config.joinTimeout();
        }
        return (peerFeatures & HelloFrame.RESUMPTION) != 0 ? own : Duration.ZERO;
    }
}
