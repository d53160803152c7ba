package dev.multipath.channel;

import static dev.multipath.channel.Waiting.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.multipath.path.AddressPolicy;
import dev.multipath.path.AddressScope;
import dev.multipath.path.AnnouncedAddresses;
import dev.multipath.path.MultipathAddress;
import dev.multipath.testing.Requirement;
import io.netty.channel.ChannelHandlerContext;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** An address of this host alone is told to nobody else, and nobody else's is believed. */
class AnnouncedScopeTest {

    private static InetAddress ownWideAddress() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && AddressScope.of(address) == AddressScope.WIDE)
                .findFirst()
                .orElseGet(() -> Assumptions.abort("no interface with an address that others can reach"));
    }

    @Requirement({"PATH-13", "PATH-14"})
    @Test
    void shouldNeitherAnnounceNorDialLoopbackToAPeerThatIsReachedOtherwise() throws Exception {
        List<Object> told = new CopyOnWriteArrayList<>();
        Recorder client = new Recorder() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                super.userEventTriggered(ctx, event);
                if (event instanceof AddressEvent) {
                    told.add(event);
                }
            }
        };
        InetSocketAddress elsewhere = new InetSocketAddress("192.0.2.1", 443);
        try (Peers peers = new Peers(TestTransport.NIO)) {
            peers.listenOn(
                    peers.serverBootstrap(Recorder::new)
                            .option(MultipathChannelOption.ANNOUNCED_ADDRESSES, AnnouncedAddresses.LISTENERS),
                    MultipathAddress.of(
                            new InetSocketAddress(ownWideAddress(), 0),
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
            InetSocketAddress loopback = (InetSocketAddress)
                    peers.server().localAddress().paths().get(1).remote();
            MultipathChannel channel = (MultipathChannel) peers.clientBootstrap(client)
                    .option(MultipathChannelOption.ADDRESS_POLICY, (AddressPolicy)
                            (announced, paths) -> !announced.equals(elsewhere))
                    .connect(MultipathAddress.of(
                            peers.server().localAddress().paths().get(0)))
                    .sync()
                    .channel();
            MultipathChannel accepted = peers.accepted().session();

            assertThatThrownBy(() -> accepted.announceAddress(loopback).sync())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no use");
            // A server that says it all the same.
            accepted.eventLoop()
                    .submit(() -> {
                        accepted.driver().session().announceAddress(77, loopback);
                        accepted.driver().pumpLater();
                    })
                    .sync();
            accepted.announceAddress(elsewhere).sync();

            eventually().until(() -> told.contains(new AddressEvent(AddressEvent.Kind.ADDED, elsewhere)));
            assertThat(told)
                    .extracting(event -> ((AddressEvent) event).address())
                    .doesNotContain(loopback);
            assertThat(channel.stats().paths()).noneMatch(path -> path.label().contains(loopback.toString()));
            assertThat(channel.subflows()).hasSize(1);
        }
    }
}
