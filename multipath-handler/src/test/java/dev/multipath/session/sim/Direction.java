package dev.multipath.session.sim;

/** Watches one direction of the stream. */
final class Direction {

    private final String name;
    private final Peer sender;
    private final Peer receiver;
    private final EventQueue clock;
    private long progressBytes;
    private long movedAtNanos;

    Direction(String name, Peer sender, Peer receiver, EventQueue clock) {
        this.name = name;
        this.sender = sender;
        this.receiver = receiver;
        this.clock = clock;
    }

    private long acknowledgedBytes() {
        return sender.application().writtenBytes() - sender.unacknowledgedBytes();
    }

    /** What the sender takes for delivered, the receiver has. */
    void checkAcknowledgedIsHeld() {
        long acknowledgedBytes = acknowledgedBytes();
        long readBytes = receiver.application().readBytes();
        // Asked seldom: it walks what waits there.
        if (acknowledgedBytes > readBytes) {
            Simulation.check(
                    acknowledgedBytes <= readBytes + receiver.bufferedReceiveBytes(),
                    "%s: acknowledged, but the receiver has it not: %s, %s",
                    name,
                    sender,
                    receiver);
        }
    }

    /** Something moves, unless nobody wants it to, or it could not for long enough. */
    void checkProgress(long workingSinceNanos, long maxStandstillNanos) {
        long writtenBytes = sender.application().writtenBytes();
        long readBytes = receiver.application().readBytes();
        boolean nothingToDo = readBytes == writtenBytes && sender.unacknowledgedBytes() == 0;
        boolean unwilling = readBytes < writtenBytes && !receiver.isWilling();
        long nowProgressBytes = readBytes + acknowledgedBytes();
        long nowNanos = clock.nowNanos();
        if (nothingToDo || unwilling || nowProgressBytes != progressBytes) {
            movedAtNanos = nowNanos;
            progressBytes = nowProgressBytes;
        }
        Simulation.check(
                nowNanos - Math.max(movedAtNanos, workingSinceNanos) < maxStandstillNanos,
                "%s stands still although a path works: %s, %s",
                name,
                sender,
                receiver);
    }
}
