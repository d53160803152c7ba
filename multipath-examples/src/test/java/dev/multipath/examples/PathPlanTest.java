package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.examples.local.InterfaceAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PathPlanTest {
    private static final RemotePath ONE = RemotePath.to(new HostPort("127.0.0.1", 4000));
    private static final RemotePath OTHER = RemotePath.to(new HostPort("127.0.0.2", 4001));
    private static final RemotePath V6 = RemotePath.to(new HostPort("::1", 4000));

    @Test
    void shouldMakeAPathOfEachRemote() throws UnusableAddressException {
        assertThat(paths(plan(Family.ANY, 1), ONE, OTHER))
                .containsExactly(
                        Path.of("127.0.0.1:4000", new InetSocketAddress("127.0.0.1", 4000)),
                        Path.of("127.0.0.2:4001", new InetSocketAddress("127.0.0.2", 4001)));
    }

    @Test
    void shouldRepeatEachPathWhenCopiesAreAskedFor() throws UnusableAddressException {
        assertThat(paths(plan(Family.ANY, 3), ONE))
                .extracting(Path::label)
                .containsExactly("127.0.0.1:4000#1", "127.0.0.1:4000#2", "127.0.0.1:4000#3");
    }

    @Test
    void shouldPairEveryLocalAddressWithEveryRemote() throws UnusableAddressException {
        List<Path> paths = paths(plan(Family.ANY, 1, "127.0.0.1", "127.0.0.9"), ONE, OTHER);

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
        assertThat(paths(plan(Family.IPV4, 1), V6, ONE)).extracting(Path::label).containsExactly("127.0.0.1:4000");
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

    @Test
    void shouldPairTheFirstWithTheFirst() throws UnusableAddressException {
        PathPlan plan = new PathPlan(
                Family.ANY, List.of("127.0.0.1"), List.of(new InterfaceAddress("eth1")), PathPlan.Mapping.IN_ORDER, 1);

        List<Path> paths = paths(plan, ONE, OTHER);

        assertThat(paths).extracting(Path::label).containsExactly("127.0.0.1>127.0.0.1:4000", "eth1>127.0.0.2:4001");
        assertThat(paths.get(1).local()).isEqualTo(new InterfaceAddress("eth1"));
        assertThatThrownBy(() -> plan.to(List.of(ONE)))
                .isInstanceOf(UnusableAddressException.class)
                .hasMessageContaining("2 for 1");
    }

    @Test
    void shouldNameAPathAsItsUserDoes() throws UnusableAddressException {
        RemotePath wifi =
                new RemotePath("wifi", AddressScheme.NONE, ONE.remote(), PathAttributes.DEFAULT.withBackup(true));

        assertThat(paths(plan(Family.ANY, 1), wifi)).extracting(Path::label).containsExactly("wifi");
        assertThat(paths(plan(Family.ANY, 1, "127.0.0.1"), wifi))
                .extracting(Path::label)
                .containsExactly("wifi");
        assertThat(paths(plan(Family.ANY, 2, "127.0.0.1", "127.0.0.9"), wifi))
                .extracting(Path::label)
                .containsExactly("127.0.0.1>wifi#1", "127.0.0.1>wifi#2", "127.0.0.9>wifi#1", "127.0.0.9>wifi#2");
        assertThat(plan(Family.ANY, 1).to(List.of(wifi, OTHER)))
                .extracting(path -> path.attributes().backup())
                .containsExactly(true, false);
    }

    private static List<Path> paths(PathPlan plan, RemotePath... remotes) throws UnusableAddressException {
        return plan.to(List.of(remotes));
    }

    private static PathPlan plan(Family family, int copies, String... localHosts) {
        return new PathPlan(family, List.of(localHosts), List.of(), PathPlan.Mapping.FULL_MESH, copies);
    }
}
