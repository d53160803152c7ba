package dev.multipath.channel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.codec.ConnectionId;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.FinishedSessionFixture;
import dev.multipath.testing.Requirement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FinishedSessionsTest {

    private final FinishedSessions sessions = new FinishedSessions();

    /** Real ones: each of a server that has left before its client said anything. */
    private static List<FinishedSession> finished(int count) {
        List<FinishedSession> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(FinishedSessionFixture.of(new ConnectionId(1, i)));
        }
        return all;
    }

    @Requirement("END-15")
    @Test
    void shouldKeepEachForItsTime() {
        FinishedSession session = finished(1).get(0);
        long keptNanos = session.keptFor().toNanos();
        sessions.remember(session, 1000);
        assertThat(sessions.find(session.connectionId(), 1000 + keptNanos - 1)).isSameAs(session);
        assertThat(sessions.find(session.connectionId(), 1000 + keptNanos)).isNull();
    }

    @Requirement("END-15")
    @Test
    void shouldLetTheOldestGoWhenThereAreTooMany() {
        List<FinishedSession> all = finished(FinishedSessions.MAX_SESSIONS + 1);
        all.forEach(session -> sessions.remember(session, 0));
        assertThat(sessions.size()).isEqualTo(FinishedSessions.MAX_SESSIONS);
        assertThat(sessions.find(all.get(0).connectionId(), 0)).isNull();
        assertThat(sessions.find(all.get(1).connectionId(), 0)).isSameAs(all.get(1));
    }

    @Test
    void shouldForget() {
        FinishedSession session = finished(1).get(0);
        sessions.remember(session, 0);
        sessions.forget(session.connectionId());
        assertThat(sessions.find(session.connectionId(), 0)).isNull();
        assertThat(sessions.size()).isZero();
    }
}
