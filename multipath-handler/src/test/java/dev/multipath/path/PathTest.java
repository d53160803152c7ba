package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.scheduler.PathAttributes;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

class PathTest {

    private static final InetSocketAddress SERVER = InetSocketAddress.createUnresolved("server", 4000);

    @Test
    void shouldBeShortInALog() {
        assertThat(Path.of("wifi", SERVER)).hasToString("wifi (server/<unresolved>:4000)");
        assertThat(Path.of("lte", SERVER)
                        .withLocal(new InetSocketAddress("192.0.2.1", 0))
                        .with(PathAttributes.DEFAULT.withBackup(true)))
                .hasToString("lte (/192.0.2.1:0 -> server/<unresolved>:4000; backup)");
        assertThat(Path.of("fibre", SERVER)
                        .with(PathAttributes.DEFAULT.withSockets(2))
                        .sockets()
                        .get(1))
                .hasToString("fibre (server/<unresolved>:4000; sockets=2; socket 2)");
    }
}
