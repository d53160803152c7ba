package dev.multipath.channel;

import dev.multipath.scheduler.Scheduler;
import dev.multipath.session.MultipathSession;

/** A session, its subflows and its end, with what drives it. On the session's event loop. */
interface DrivenSession extends SubflowOwner<SubflowLink> {

    /** Whoever changes the session, or looks at it, comes by here. */
    MultipathSession session();

    /** Whoever looks at the session's subflows, or changes them, too. */
    SessionLinks links();

    /** What becomes of the session. */
    ChannelEnd end();

    /** Pumps soon, but not from within the caller: for what may be called by whom the pump has called. */
    void pumpLater();

    /** Another one decides from now on. */
    default void scheduler(Scheduler scheduler) {
        session().scheduler(scheduler);
        pumpLater();
    }

    /** Whether the session takes bytes from the application. */
    boolean isOutputOpen();

    /** The subflow that the session was made for did not come. */
    void endIfWithoutSubflow();
}
