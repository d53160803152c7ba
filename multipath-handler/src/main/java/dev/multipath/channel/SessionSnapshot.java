package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.path.Path;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionRole;
import java.util.List;

/**
 * A session as it was at one moment: {@link MultipathChannel#snapshot()}, {@link MultipathServerChannel#sessions()}. Its
 * numbers may be some microseconds apart, as nothing is stopped to read them.
 *
 * @param channel the session's channel, to act on it; it may have closed since
 * @param connectionId the session's name on the wire; {@code null} on a client's channel that has none yet. Who knows the name can
 *     join a session of the base profile, so it should not be shown to everybody
 * @param role which end of the session this is
 * @param profile what is spoken with the peer; undecided at first
 * @param presentPaths the paths that there are, whether they have a subflow at the moment or not: a client's may be {@linkplain
 *     MultipathChannel#removePath removed}. Statistics have those too that are no more
 * @param subflows the subflows that there are
 * @param stats the numbers of the session and of its paths
 */
public record SessionSnapshot(
        MultipathChannel channel,
        ConnectionId connectionId,
        SessionRole role,
        Profile profile,
        List<Path> presentPaths,
        List<SubflowInfo> subflows,
        MultipathStats stats) {

    static List<SessionSnapshot> of(SessionRegistry sessions) {
        return sessions.all().stream()
                .map(session -> ((MultipathChannel) session.channel()).snapshot())
                .toList();
    }

    static SessionSnapshot of(MultipathChannel channel, LiveSession session) {
        // An accepted session has its name before it begins.
        boolean isServer = channel.accepted() != null;
        ConnectionId early = isServer ? channel.accepted().connectionId() : null;
        return new SessionSnapshot(
                channel,
                session == null ? early : session.connectionId(),
                isServer ? SessionRole.SERVER : SessionRole.CLIENT,
                channel.profile(),
                channel.paths().present(),
                channel.subflows(),
                channel.stats());
    }
}
