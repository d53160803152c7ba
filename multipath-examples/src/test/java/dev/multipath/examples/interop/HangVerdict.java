package dev.multipath.examples.interop;

import dev.multipath.examples.interop.FrameLedger.Frame;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Says who is to blame for a session that has come to a stop, from what was on the wire.
 *
 * <p>The Go library stops by itself now and then. Its side is blamed only on proof, which is that it owes the next step
 * by the base protocol's rules, could take it, and has not for {@link #SILENCE}. Without that proof the verdict is
 * {@link Cause#OURS}. The first thing that is wrong, from the lowest frame number up, counts: what comes after it in
 * the stream can be its consequence.
 */
record HangVerdict(Cause cause, String evidence) {

    /** The Go peer retransmits after at most 512 ms, checked every 100 ms; the rest is for a busy machine. */
    static final Duration SILENCE = Duration.ofSeconds(5);

    enum Cause {
        /**
         * A frame was on wires that have died, and only there, and was not repeated on the live one. Frame 10 is never
         * repeated ({@code isPendingAck} answers false for it); others when {@code retransmit} spins on a closed
         * subflow or waits for {@code tryRetransmit} with the frame's lock held.
         */
        GO_LOST_FRAME,
        /**
         * A later frame was sent, this one never: {@code Write} put it into the queue of a subflow whose
         * {@code sendLoop} had ended. Or: our frame was delivered, and repeated, on live wires, and is not
         * acknowledged.
         */
        GO_STRANDED_FRAME,
        /** It has all our acknowledgements and all our bytes, and does not send what it has still to send. */
        GO_WRITE_STALL,
        /** It does not read what lies at its socket, while all it has sent is read. */
        GO_READ_STALL,
        /** Its receive queue took a repeated frame for a new one, says its own log, and closed the session. */
        GO_QUEUE_CORRUPTION,
        /** Anything else. */
        OURS;

        boolean isGo() {
            return this != OURS;
        }
    }

    /**
     * The state of a stopped session.
     *
     * @param liveWires the wires that are open, and on which the Go end has sent a frame, as bits: it answers a join
     *     it does not know, and then ignores it
     * @param goLeavesUnread the Go end has not read from a live wire for {@link #SILENCE}
     * @param oursLeavesUnread our end has not read from a live wire for {@link #SILENCE}
     * @param goLog what the library wrote into its log of errors
     */
    record Evidence(
            FrameLedger fromGo,
            FrameLedger fromOurs,
            Job goJob,
            long streamBytes,
            long liveWires,
            boolean goLeavesUnread,
            boolean oursLeavesUnread,
            List<String> goLog,
            long nowNanos) {

        private boolean silentSince(final long nanos) {
            return nowNanos - nanos > SILENCE.toNanos();
        }
    }

    static HangVerdict judge(final Evidence evidence) {
        if (evidence.oursLeavesUnread) {
            return ours("we leave bytes unread on a live wire");
        }
        if (evidence.liveWires == 0 && evidence.goLog.isEmpty()) {
            return ours("no wire is open");
        }
        if (!evidence.fromOurs.senderFaults().isEmpty()
                || !evidence.fromGo.receiverFaults().isEmpty()) {
            return ours(
                    "we broke the protocol: " + evidence.fromOurs.senderFaults() + evidence.fromGo.receiverFaults());
        }
        return corruptQueue(evidence)
                .or(() -> unreadByGo(evidence))
                .or(() -> frameOfGo(evidence))
                .or(() -> frameOfOurs(evidence))
                .orElseGet(() -> unsent(evidence));
    }

    private static Optional<HangVerdict> corruptQueue(final Evidence evidence) {
        // The bytes of every repeated frame are checked by the SHA-256 of the runs that end; here, that there was one.
        return evidence.goLog.stream()
                .filter(line -> line.contains("receiveQueue buffer corruption detected"))
                .findFirst()
                .filter(line -> evidence.fromOurs.repeatedFrames() > 0)
                .map(line -> new HangVerdict(Cause.GO_QUEUE_CORRUPTION, line));
    }

    private static Optional<HangVerdict> unreadByGo(final Evidence evidence) {
        return evidence.goLeavesUnread
                ? Optional.of(new HangVerdict(Cause.GO_READ_STALL, "Go leaves bytes unread on a live wire"))
                : Optional.empty();
    }

    private static Optional<HangVerdict> frameOfGo(final Evidence evidence) {
        for (final Frame frame : evidence.fromGo.frames()) {
            final boolean delivered = (frame.deliveredOn & evidence.liveWires) != 0;
            if (delivered && (frame.ackedOn & evidence.liveWires) == 0) {
                return Optional.of(ours("Go's " + frame + " reached us and is not acknowledged"));
            }
            if (delivered && frame.lastDeliveredNanos - frame.lastAckNanos > SILENCE.toNanos()) {
                return Optional.of(ours("Go's " + frame + " was repeated and not acknowledged again"));
            }
            if (frame.acked()) {
                // Perhaps on a wire that has died since. Then it is Go's turn to repeat it, and it has not.
                continue;
            }
            if (frame.sends == 0) {
                return Optional.of(new HangVerdict(
                        Cause.GO_STRANDED_FRAME, "Go never sent frame " + frame.number + " but later ones"));
            }
            if ((frame.sentOn & evidence.liveWires) != 0) {
                return Optional.of(ours("Go's " + frame + " is not complete on a live wire"));
            }
            return Optional.of(
                    evidence.silentSince(frame.lastSentNanos)
                            ? new HangVerdict(Cause.GO_LOST_FRAME, "Go's " + frame + " was sent on dead wires only")
                            : ours("Go's " + frame + " was sent a moment ago"));
        }
        return Optional.empty();
    }

    private static Optional<HangVerdict> frameOfOurs(final Evidence evidence) {
        for (final Frame frame : evidence.fromOurs.frames()) {
            if (frame.acked()) {
                continue; // Go has it, also when the acknowledgement has died with its wire
            }
            if (frame.sends == 0) {
                return Optional.of(ours("we never sent frame " + frame.number + " but later ones"));
            }
            if ((frame.deliveredOn & evidence.liveWires) == 0) {
                return Optional.of(ours("our " + frame + " is on no live wire"));
            }
            if (frame.sends == 1) {
                return Optional.of(ours("our " + frame + " is not acknowledged and was not repeated"));
            }
            return Optional.of(new HangVerdict(
                    Cause.GO_STRANDED_FRAME, "Go does not acknowledge our " + frame + " though it was repeated"));
        }
        return Optional.empty();
    }

    /** All that was sent has arrived: who has more to send? */
    private static HangVerdict unsent(final Evidence evidence) {
        final long fromGo = evidence.fromGo.uniqueBytes();
        final long fromOurs = evidence.fromOurs.uniqueBytes();
        final long owedByOurs = evidence.goJob.other().owedBytes(evidence.streamBytes, fromGo);
        final long owedByGo = evidence.goJob.owedBytes(evidence.streamBytes, fromOurs);
        if (fromOurs < owedByOurs) {
            return ours("we have sent " + fromOurs + " of " + owedByOurs + " bytes, all acknowledged");
        }
        if (fromGo < owedByGo) {
            return new HangVerdict(
                    Cause.GO_WRITE_STALL, "Go has sent " + fromGo + " of " + owedByGo + " bytes, all acknowledged");
        }
        return ours("all bytes have arrived at both ends");
    }

    private static HangVerdict ours(final String evidence) {
        return new HangVerdict(Cause.OURS, evidence);
    }
}
