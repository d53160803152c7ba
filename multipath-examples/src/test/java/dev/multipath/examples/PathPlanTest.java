package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.path.Path;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PathPlanTest {
    private static final HostPort ONE = new HostPort("127.0.0.1", 4000);
    private static final HostPort OTHER = new HostPort("127.0.0.2", 4001);
    private static final HostPort V6 = new HostPort("::1", 4000);

    @Test
    void shouldMakeAPathOfEachRemote() throws UnusableAddressException {
        assertThat(plan(Family.ANY, 1).to(List.of(ONE, OTHER)))
                .containsExactly(
                        Path.of("127.0.0.1:4000", new InetSocketAddress("127.0.0.1", 4000)),
                        Path.of("127.0.0.2:4001", new InetSocketAddress("127.0.0.2", 4001)));
    }

    @Test
    void shouldRepeatEachPathWhenCopiesAreAskedFor() throws UnusableAddressException {
        assertThat(plan(Family.ANY, 3).to(List.of(ONE)))
                .extracting(Path::label)
                .containsExactly("127.0.0.1:4000#1", "127.0.0.1:4000#2", "127.0.0.1:4000#3");
    }

    @Test
    void shouldPairEveryLocalAddressWithEveryRemote() throws UnusableAddressException {
        List<Path> paths = plan(Family.ANY, 1, "127.0.0.1", "127.0.0.9").to(List.of(ONE, OTHER));

        assertThat(paths)
                .extracting(Path::label)
                .containsExactly(
                        "127.0.0.1>127.0.0.1:4000",
                        "127.0.0.9>127.0.0.1:4000",
                        "127.0.0.1>127.0.0.2:4001",
                        "127.0.0.9>127.0.0.2:4001");
        assertThat(paths.get(1).local()).isEqualTo(new InetSocketAddress("127.0.0.9", 0));
    }

    @Test
    void shouldLeaveOutWhatIsOfTheOtherFamily() throws UnusableAddressException {
        assertThat(plan(Family.IPV4, 1).to(List.of(V6, ONE)))
                .extracting(Path::label)
                .containsExactly("127.0.0.1:4000");
    }

    @Test
    void shouldFailWhenNoPathIsLeft() {
        assertThatThrownBy(() -> plan(Family.IPV4, 1).to(List.of(V6)))
                .isInstanceOf(UnusableAddressException.class)
                .hasMessageContaining("::1 (no IPv4 address)");
        assertThatThrownBy(() -> plan(Family.IPV6, 1, "127.0.0.1").to(List.of(ONE)))
                .isInstanceOf(UnusableAddressException.class)
                .hasMessageContaining("no local address of the family asked for");
    }

    private static PathPlan plan(Family family, int copies, String... localHosts) {
        return new PathPlan(family, List.of(localHosts), copies);
    }
}
