package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.metrics.RepetitionCause;
import io.netty.channel.Channel;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the Java Flight Recorder is told. */
class SessionRecordingTest {

    private static final long OUTAGE_BYTES = 3_000_000;

    @Test
    void shouldTellTheFlightRecorderWhatHappensToASession(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("recording.jfr");
        MultipathChannel client;
        try (Recording recording = new Recording();
                Peers peers = new Peers(TestTransport.NIO)) {
            recording.start();
            peers.listen(Recorder::new, 2);
            Recorder application = new Recorder();
            client = peers.connect(peers.clientBootstrap(application));
            Recorder server = peers.accepted();
            long sent = 0;
            int outages = 0;
            // Most outages catch something on its way.
            while (repeatedBytes(client) == 0) {
                application.send(OUTAGE_BYTES, 50_000);
                sent += OUTAGE_BYTES;
                long half = sent - OUTAGE_BYTES / 2;
                eventually().until(() -> server.receivedBytes() >= half);
                List.copyOf(peers.clientSubflows).forEach(Channel::close);
                outages++;
                application.awaitCount(SubflowEvent.Kind.ADDED, 2 + 2 * outages);
                server.awaitReceived(sent);
            }
            client.close().sync();
            server.awaitInactive();
            recording.stop();
            recording.dump(file);
        }
        String session = client.live().connectionId().toString();
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("dev.multipath."))
                .filter(event -> event.getString("session").equals(session))
                .toList();

        // Both ends are in this process.
        assertThat(strings(events, "dev.multipath.SessionChanged", "change"))
                .contains("OPENED", "SUSPENDED", "RESUMED", "CLOSED");
        assertThat(strings(events, "dev.multipath.SubflowChanged", "change")).contains("ADDED", "REMOVED");
        assertThat(strings(events, "dev.multipath.SubflowChanged", "path")).doesNotContainNull();
        assertThat(strings(events, "dev.multipath.Reinjection", "cause")).contains(RepetitionCause.FAILURE.name());
        long bytes = events.stream()
                .filter(event -> event.getEventType().getName().equals("dev.multipath.Reinjection"))
                .mapToLong(event -> event.getLong("bytes"))
                .sum();
        assertThat(bytes).isGreaterThanOrEqualTo(repeatedBytes(client));
    }

    /** What the documentation names can be read by the recorder, and switches on what is its own. */
    @Test
    void shouldHaveSettingsForARecording() throws Exception {
        Configuration settings = Configuration.create(Path.of("..", "docs", "multipath.jfc"));

        assertThat(settings.getSettings())
                .containsEntry("dev.multipath.SessionChanged#enabled", "true")
                .containsEntry("dev.multipath.SubflowChanged#enabled", "true")
                .containsEntry("dev.multipath.Reinjection#enabled", "true")
                .containsEntry("jdk.ExecutionSample#enabled", "true");
    }

    /** Since a subflow was lost: whatever else is repeated, the event of this is waited for. */
    private static long repeatedBytes(MultipathChannel client) {
        return client.stats().paths().stream()
                .mapToLong(path -> path.repeated().get(RepetitionCause.FAILURE).bytes())
                .sum();
    }

    private static List<String> strings(List<RecordedEvent> events, String type, String field) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals(type))
                .map(event -> event.getString(field))
                .toList();
    }
}
