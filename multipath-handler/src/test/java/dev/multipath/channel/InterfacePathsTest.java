package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.condition.OS.LINUX;

import dev.multipath.path.LocalAddress;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;

/** Paths that come and go with this host's addresses. Linux has the whole of 127/8. */
@EnabledOnOs(LINUX)
class InterfacePathsTest {

    private volatile List<LocalAddress> locals;

    private static LocalAddress local(String name, String address) throws Exception {
        return new LocalAddress(name, InetAddress.getByName(address));
    }

    private static List<String> localsOf(Recorder client) {
        return client.session().subflows().stream()
                .map(subflow -> subflow.local().toString().replaceAll("/|:\\d+", ""))
                .sorted()
                .toList();
    }

    @Test
    void shouldFollowTheAddressesOfThisHost() throws Exception {
        LocalAddress home = local("wlan0", "127.0.0.1");
        LocalAddress mobile = local("wwan0", "127.0.0.2");
        locals = List.of(home);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            List<SocketAddress> remotes = peers.server().localAddress().paths().stream()
                    .map(Path::remote)
                    .toList();
            Recorder client = new Recorder();
            peers.clientBootstrap(client)
                    .connect(MultipathAddress.mesh(locals, remotes))
                    .sync();
            client.awaitCount(SubflowEvent.Kind.ADDED, 1);
            InterfacePaths paths = InterfacePaths.follow(client.session(), () -> locals, remotes);

            locals = List.of(home, mobile);
            paths.look();
            eventually().until(() -> localsOf(client).equals(List.of("127.0.0.1", "127.0.0.2")));

            locals = List.of(mobile);
            paths.look();
            eventually().until(() -> localsOf(client).equals(List.of("127.0.0.2")));
            Recorder server = peers.accepted();
            client.send(100_000, 10_000);
            server.awaitReceived(100_000);
            // Each of them once.
            assertThat(client.count(SubflowEvent.Kind.ADDED)).isEqualTo(2);
        }
    }

    /** An address that does not work yet, as there is no route: here one that this host does not have. */
    @Test
    void shouldTryAgainWhenAPathCannotBeAddedYet() throws Exception {
        LocalAddress home = local("wlan0", "127.0.0.1");
        locals = List.of(home, local("wwan0", "192.0.2.7"));
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listen(Recorder::new, 1);
            List<SocketAddress> remotes = peers.server().localAddress().paths().stream()
                    .map(Path::remote)
                    .toList();
            Recorder client = new Recorder();
            peers.clientBootstrap(client)
                    .connect(MultipathAddress.mesh(List.of(home), remotes))
                    .sync();
            InterfacePaths.follow(client.session(), () -> locals, remotes);
            client.awaitCount(SubflowEvent.Kind.ADDED, 1);

            // Nothing but its own retries finds this.
            locals = List.of(home, local("wwan0", "127.0.0.2"));
            client.awaitCount(SubflowEvent.Kind.ADDED, 2);
            assertThat(localsOf(client)).containsExactly("127.0.0.1", "127.0.0.2");
        }
    }
}
