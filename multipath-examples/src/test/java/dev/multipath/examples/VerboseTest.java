package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@code -v} tells of paths. */
final class VerboseTest {

    /** Two processes where there should be one, as behind a load balancer. */
    @Test
    void shouldTellOnceThatAPathLeadsToAnotherProcess() throws Exception {
        try (RunningProcess one = RunningProcess.start("listen", "-v", "--bind", "127.0.0.1", "--echo");
                RunningProcess other = RunningProcess.start("listen", "-v", "--bind", "127.0.0.1", "--echo");
                RunningProcess client = RunningProcess.start(
                        "connect",
                        "-v",
                        "-q",
                        "never",
                        one.addresses().get(0),
                        other.addresses().get(0))) {
            String reason = "which does not know the session: another process has answered";
            await().atMost(RunningCommand.TIME_LIMIT)
                    .until(() -> client.stderr().contains(reason)
                            && (one.stderr() + other.stderr()).contains("refused: there is no session"));

            client.input().write('x');
            client.input().flush();
            assertThat(client.output().read()).isEqualTo('x');
            List<String> lines = client.stderr()
                    .lines()
                    .filter(line -> line.contains(reason))
                    .toList();
            assertThat(lines).hasSize(1).first().asString().contains(" path 127.0.0.1:");
        }
    }
}
