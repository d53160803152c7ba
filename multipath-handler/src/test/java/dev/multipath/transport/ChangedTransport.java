package dev.multipath.transport;

/** The default transport, but for what a test overrides; here because the decorator is this package's own. */
public abstract class ChangedTransport extends TransportDecorator {

    protected ChangedTransport() {
        super(SubflowTransport.ofEventLoop());
    }
}
