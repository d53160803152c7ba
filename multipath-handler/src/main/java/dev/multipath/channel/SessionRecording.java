package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.RepetitionCause;
import dev.multipath.path.Path;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/**
 * What happens to one session, as events of the Java Flight Recorder: {@code docs/PERFORMANCE.md}, "Flight recordings". While
 * nobody records, the JVM makes nothing of them. A Java runtime may come without the recorder; nothing here is loaded then.
 */
class SessionRecording {

    private static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    /** For who has no session, or no recorder. */
    static final SessionRecording NONE = new SessionRecording();

    /** What has become of a session. */
    enum Change {
        OPENED,
        SUSPENDED,
        RESUMED,
        CLOSED
    }

    private SessionRecording() {}

    static SessionRecording of(ConnectionId connectionId) {
        return AVAILABLE ? new Recorder(connectionId) : NONE;
    }

    /**
     * The session has changed.
     *
     * @param cause why, if it has failed; else null
     */
    void onSession(Change change, Throwable cause) {}

    /**
     * One of its subflows has changed.
     *
     * @param cause why, if that is a failure; else null
     */
    void onSubflow(SubflowEvent.Kind change, Path path, Throwable cause) {}

    /** A frame is sent again, or a second time. */
    void onRepeated(Path path, int payloadBytes, RepetitionCause cause) {}

    private static final class Recorder extends SessionRecording {
        private final ConnectionId connectionId;

        Recorder(ConnectionId connectionId) {
            this.connectionId = connectionId;
        }

        @Override
        void onSession(Change change, Throwable cause) {
            SessionChanged event = new SessionChanged();
            if (event.shouldCommit()) {
                event.session = connectionId.toString();
                event.change = change.name();
                event.cause = string(cause);
                event.commit();
            }
        }

        @Override
        void onSubflow(SubflowEvent.Kind change, Path path, Throwable cause) {
            SubflowChanged event = new SubflowChanged();
            if (event.shouldCommit()) {
                event.session = connectionId.toString();
                event.path = path.toString();
                event.change = change.name();
                event.cause = string(cause);
                event.commit();
            }
        }

        @Override
        void onRepeated(Path path, int payloadBytes, RepetitionCause cause) {
            Reinjection event = new Reinjection();
            if (event.shouldCommit()) {
                event.session = connectionId.toString();
                event.path = path.toString();
                event.cause = cause.name();
                event.bytes = payloadBytes;
                event.commit();
            }
        }

        private static String string(Throwable cause) {
            return cause == null ? null : cause.toString();
        }
    }

    /** Of which session. */
    @Category("Netty Multipath")
    @StackTrace(false)
    private abstract static class OfSession extends Event {
        @Label("Session")
        @Description("Its name on the wire")
        String session;
    }

    @Name("dev.multipath.SessionChanged")
    @Label("Session Changed")
    private static final class SessionChanged extends OfSession {
        @Label("Change")
        String change;

        @Label("Cause")
        String cause;
    }

    @Name("dev.multipath.SubflowChanged")
    @Label("Subflow Changed")
    private static final class SubflowChanged extends OfSession {
        @Label("Path")
        String path;

        @Label("Change")
        String change;

        @Label("Cause")
        String cause;
    }

    @Name("dev.multipath.Reinjection")
    @Label("Reinjection")
    @Description("A data frame is sent again, or a second time")
    private static final class Reinjection extends OfSession {
        @Label("Path")
        @Description("That of the new copy")
        String path;

        @Label("Cause")
        String cause;

        @Label("Payload")
        @DataAmount
        long bytes;
    }
}
