package dev.multipath.session;

/**
 * What a session costs in memory, and how much more it may cost: {@code docs/PROTOCOL.md} 4.4. Costs are in bytes of memory,
 * what pins read buffers and the objects of small frames included; limits are in bytes of the stream. On the session's thread.
 */
public final class SessionMemory {

    /** The cost of one byte of the stream in a frame that is not small. */
    public static final int COST_PER_BYTE = PinnedMemory.COST_PER_BYTE;

    /** The smallest window that lets a session go on: what every peer of the extended profile may send unasked. */
    public static final long MIN_WINDOW_BYTES = WindowLimits.INITIAL_CREDIT_BYTES;

    private final ReceiveWindow receiveWindow;
    private final ReceiveCredit receiveCredit;
    private final SendQueue sendQueue;
    private final SendWindow sendWindow;
    private long sendLimitBytes = Long.MAX_VALUE;

    SessionMemory(
            ReceiveWindow receiveWindow, ReceiveCredit receiveCredit, SendQueue sendQueue, SendWindow sendWindow) {
        this.receiveWindow = receiveWindow;
        this.receiveCredit = receiveCredit;
        this.sendQueue = sendQueue;
        this.sendWindow = sendWindow;
    }

    /** {@return what is held of what the peer has sent, in order or not} */
    public long receivedCostBytes() {
        return receiveWindow.costBytes();
    }

    /** {@return what is held of what the application has written} */
    public long sentCostBytes() {
        return sendQueue.costBytes() + sendWindow.costBytes();
    }

    /** {@return what the peer may send now, and would have to be held; 0 in the base profile, where it can be dropped} */
    public long pledgedCostBytes() {
        return receiveCredit.pledgedBytes() * COST_PER_BYTE;
    }

    /** {@return how many bytes of the stream were taken from the application and have not been sent yet} */
    public long queuedBytes() {
        return sendQueue.bytes();
    }

    /** {@return how many bytes were ever read by the application} */
    public long consumedBytes() {
        return receiveWindow.consumedBytes();
    }

    /** {@return how many bytes were ever acknowledged by the peer} */
    public long acknowledgedBytes() {
        return sendWindow.acknowledgedBytes();
    }

    /**
     * Limits what the session may hold, beside its own configuration. What was granted to the peer stays granted.
     *
     * @param receiveBytes how far the peer may be ahead of the application's reading; zero: nothing more is granted
     * @param sendBytes how much is taken from the application ahead of the peer's acknowledgements
     */
    public void limit(long receiveBytes, long sendBytes) {
        receiveWindow.limit(Math.max(receiveBytes, MIN_WINDOW_BYTES));
        receiveCredit.limit(receiveBytes);
        sendLimitBytes = sendBytes;
    }

    /** What the application has not read stays, so that it must not pin more than it is worth. */
    public void settle() {
        receiveWindow.settle();
    }

    long sendLimitBytes() {
        return sendLimitBytes;
    }
}
