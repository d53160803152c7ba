package dev.multipath.guide;

import static dev.multipath.channel.MultipathChannelOption.SCHEDULER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.InterfacePaths;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.channel.PrioritizedWrite;
import dev.multipath.path.LocalInterfaces;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.scheduler.Schedulers;
import dev.multipath.scheduler.Urgency;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The chapters about paths, and what goes over which. */
class GuidePathsTest extends GuideFixture {

    private static void change(MultipathChannel channel, SocketAddress address, Path wifi, Path lte) {
        channel.addPath(Path.of("lte", address)); // dialled and kept; the future tells whether it worked
        channel.removePath(wifi); // its data go over the others; the server is told
        channel.setBackup(lte, true); // carries data only while nothing else delivers
        channel.setPathAttributes(lte, PathAttributes.DEFAULT.withCost(1).withMaxBytesPerSecond(250_000));
        channel.subflows(); // a snapshot, any thread
    }

    private void follow(Bootstrap bootstrap, MultipathChannel channel) throws SocketException {
        List<SocketAddress> servers = List.of(addressA, addressB);
        bootstrap.connect(MultipathAddress.mesh(LocalInterfaces.usable(), servers));
        // Once it is connected: paths come and go with this host's addresses, at most half a second later.
        InterfacePaths.follow(channel, LocalInterfaces::usable, servers);
    }

    private static void schedule(Channel channel, Channel server) {
        channel.config().setOption(SCHEDULER, Schedulers.REDUNDANT);
        server.config().setOption(SCHEDULER, Schedulers.byName("low-latency"));
    }

    @Test
    void shouldTakeSchedulersAtAnyTime() {
        MultipathChannel channel = new MultipathChannel();
        MultipathServerChannel server = new MultipathServerChannel();

        schedule(channel, server);

        assertThat(channel.config().getOption(SCHEDULER)).isEqualTo(Schedulers.REDUNDANT);
        assertThat(server.config().getOption(SCHEDULER)).isEqualTo(Schedulers.LOW_LATENCY);
    }

    private static void write(Channel channel, ByteBuf bytes) {
        channel.write(PrioritizedWrite.of(bytes, Urgency.URGENT));
        channel.write(PrioritizedWrite.within(bytes, Duration.ofMillis(500)));
    }

    private static void change(MultipathServerChannel server, SocketAddress address, Path wifi) {
        server.addPath(Path.of("lte", address)); // localAddress() has it, with the port, when the future succeeds
        server.removePath(wifi); // sessions with another path leave it, and their clients dial it no more
    }

    @Test
    void shouldChangeListeners() throws Exception {
        MultipathServerChannel server =
                (MultipathServerChannel) bind(new EchoHandler()).sync().channel();
        Path first = pathsOf(server).get(0);

        change(server, addressA, first);

        Awaitility.await().untilAsserted(() -> assertThat(pathsOf(server))
                .hasSize(2)
                .doesNotContain(first)
                .extracting(Path::label)
                .contains("lte"));
    }

    @Test
    void shouldChangePaths() throws Exception {
        List<Path> paths = pathsOf(bind(new EchoHandler()).sync().channel());
        Path first = Path.of("wifi", paths.get(0).remote());
        MultipathChannel client = (MultipathChannel) new Bootstrap()
                .group(group)
                .channel(MultipathChannel.class)
                .handler(new ApplicationHandler())
                .connect(MultipathAddress.of(first))
                .sync()
                .channel();
        Path second = Path.of("lte", paths.get(1).remote());
        change(client, second.remote(), first, second);
        Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> labels(client)
                .equals(List.of("lte")));
        assertEcho(client);
    }

    private static List<String> labels(MultipathChannel channel) {
        return channel.subflows().stream()
                .map(subflow -> subflow.path().label())
                .toList();
    }
}
