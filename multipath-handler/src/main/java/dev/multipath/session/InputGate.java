package dev.multipath.session;

/** Whether subflows should be read: {@link MultipathSession#wantsInput}. */
final class InputGate {

    private final Negotiation negotiation;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private final ReceiveWindow receiveWindow;

    InputGate(Negotiation negotiation, SendQueue sendQueue, SendWindow sendWindow, ReceiveWindow receiveWindow) {
        this.negotiation = negotiation;
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
    }

    boolean isOpen() {
        return negotiation.profile() != Profile.BASE
                || receiveWindow.wantsInput()
                || !sendWindow.isEmpty()
                || !sendQueue.isEmpty();
    }
}
