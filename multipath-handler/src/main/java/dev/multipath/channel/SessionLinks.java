package dev.multipath.channel;

import dev.multipath.codec.Frame;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

/** The subflows of a session that have a channel, and how they leave it one by one. On the session's event loop. */
final class SessionLinks {

    private final Supplier<MultipathSession> session;

    /** The session has something to say then. */
    private final Runnable pumpLater;

    private final LinkMeasurements measurements = new LinkMeasurements();
    private final List<SubflowLink> links = new ArrayList<>(2);
    private final List<SubflowLink> view = Collections.unmodifiableList(links);

    /** Those of them that close when another delivers. */
    private List<SubflowLink> withdrawn = List.of();

    /** Those that another delivers for, and that close when the peer has answered what is on its way. */
    private List<SubflowLink> retired = List.of();

    SessionLinks(Supplier<MultipathSession> session, Runnable pumpLater) {
        this.session = session;
        this.pumpLater = pumpLater;
    }

    /** All, in the order of their coming: a view. */
    List<SubflowLink> all() {
        return view;
    }

    /** Those on a path, or of one socket of it; a copy. */
    List<SubflowLink> on(Path path) {
        return links.stream()
                .filter(link -> path.equals(path.socket() == 0 ? link.path() : link.socket()))
                .toList();
    }

    void add(SubflowLink link) {
        links.add(link);
    }

    // ---- what has happened to one

    /** Its channel is gone, or is not to be used any more. Returns whether that is news. */
    boolean lose(SubflowLink link, Throwable cause) {
        boolean known = links.remove(link);
        if (known) {
            session.get().onSubflowFailed(link.subflow(), cause, SessionClock.nowNanos());
        }
        return known;
    }

    /** The session has done with it; without a cause by our own will, if its channel is still there. */
    void forget(SubflowLink link, Throwable cause) {
        if (!links.remove(link)) {
            return;
        }
        if (cause == null) {
            // In order, since a reset could destroy the word of it on its way.
            link.close();
        } else {
            link.abort();
        }
    }

    /** What is transmitted next keeps to what their transports know. */
    void askTransports(long unacknowledgedBytes, long nowNanos) {
        for (int i = 0; i < links.size(); i++) {
            links.get(i).askTransport(unacknowledgedBytes, nowNanos);
        }
    }

    /** Those that are about to be called stale: their transports may know better. */
    void askDoubtful(long nowNanos) {
        for (int i = 0; i < links.size(); i++) {
            links.get(i).askIfDoubtful(nowNanos);
        }
    }

    /** The end of a turn of the session's, for each: {@link SubflowLink#settle}. Returns what they hold together. */
    long settle(boolean readWanted) {
        long heldBytes = 0;
        for (int i = 0; i < links.size(); i++) {
            heldBytes += links.get(i).settle(readWanted);
        }
        measurements.publish(links);
        return heldBytes;
    }

    // ---- what is done with one

    /** Closes one that another replaces; what it carried goes to others. */
    void drop(SubflowLink link) {
        close(link, PathCloseFrame.REPLACED, "");
    }

    /**
     * The address of these is withdrawn: they close as soon as another delivers, as the session must not die of it, and
     * what is on its way is answered, there or by another that has carried it too. In the base profile a peer answers nowhere
     * else; if it closed meanwhile, what it has got would look lost.
     */
    void withdraw(List<SubflowLink> unwanted) {
        // Most sessions never need these.
        withdrawn = new ArrayList<>(withdrawn);
        retired = new ArrayList<>(retired);
        withdrawn.addAll(unwanted);
        closeWithdrawn();
    }

    /** Whether it only stays until another delivers, or for an answer: none that comes is one too many for its sake. */
    boolean isWithdrawn(SubflowLink link) {
        return withdrawn.contains(link) || retired.contains(link);
    }

    /** Another may deliver now, or the last answer may have come. */
    void closeWithdrawn() {
        if (withdrawn.isEmpty() && retired.isEmpty()) {
            return;
        }
        withdrawn.retainAll(links);
        retired.retainAll(links);
        if (links.stream().noneMatch(this::replacesWithdrawn)) {
            // Nor may one go that was to, if the other is gone.
            return;
        }
        withdrawn.forEach(link -> session.get().retire(link.subflow()));
        retired.addAll(withdrawn);
        withdrawn.clear();
        List<SubflowLink> answered = retired.stream()
                .filter(link -> !session.get().awaitsAnswers(link.subflow()))
                .toList();
        retired.removeAll(answered);
        answered.forEach(link -> close(link, PathCloseFrame.REMOVED, ""));
    }

    private boolean replacesWithdrawn(SubflowLink link) {
        return link.isSettled() && !isWithdrawn(link);
    }

    /** Closes one, and tells the peer why; what it carried goes to others. */
    void close(SubflowLink link, long code, String reason) {
        Frame farewell = session.get().farewell(link.subflow(), code, reason);
        if (farewell != null) {
            link.write(farewell);
            link.flush();
        }
        session.get().closeSubflow(link.subflow(), code, reason, SessionClock.nowNanos());
        pumpLater.run();
    }

    // ---- the end

    /** The session is over: they are no longer its own. Returns those that were. */
    List<SubflowLink> takeAll() {
        List<SubflowLink> all = List.copyOf(links);
        links.clear();
        return all;
    }
}
