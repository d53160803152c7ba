package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Three processes at one port, restarted one after the other under load: nobody is refused, and no stream is cut. Nothing here
 * depends on how long anything takes.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "spreads connections over the processes of a port")
final class RollingRestartTest {
    private static final int PROCESSES = 3;
    private static final int CONCURRENT_STREAMS = 4;
    private static final int LONG_STREAMS = 6;

    /** Some for each process at the least, before and after each restart. */
    private static final int STREAMS_IN_BETWEEN = 12;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Deque<RunningProcess> running = new ArrayDeque<>();
    private final RestartTimeline timeline = new RestartTimeline();

    @AfterEach
    void tearDown() {
        timeline.close();
        running.forEach(RunningProcess::close);
        EventLoops.shutDown(group);
    }

    private RunningProcess start(int port) throws IOException {
        RunningProcess process = RunningProcess.start(
                "listen",
                "-v",
                "--bind",
                "127.0.0.1",
                "-p",
                String.valueOf(port),
                "--reuse-port",
                "--echo",
                "--drain",
                "1h",
                "--server-id",
                "random");
        running.add(process);
        process.addresses();
        timeline.started(process);
        return process;
    }

    @Test
    void shouldRefuseNobodyAndCutNoStream() throws Exception {
        HostPort first = HostPort.parse(start(0).addresses().get(0));
        for (int i = 1; i < PROCESSES; i++) {
            start(first.port());
        }
        InetSocketAddress address = new InetSocketAddress(first.host(), first.port());
        Bootstrap bootstrap = EchoLoad.bootstrap(group, MultipathAddress.of(address, address));
        EchoLoad load = new EchoLoad(bootstrap, CONCURRENT_STREAMS);
        load.start();
        for (int i = 0; i < PROCESSES; i++) {
            List<EchoLoad.Stream> streams = openLong(bootstrap);
            awaitStreams(load);

            start(first.port());
            RunningProcess old = running.peek();
            timeline.terminated(old);
            old.signal("TERM");
            await().atMost(RunningCommand.TIME_LIMIT).until(() -> old.stderr().contains("going away, when"));
            awaitStreams(load);

            // They may be anywhere, at the process that goes away too; there they hold it up, and are whole.
            for (EchoLoad.Stream stream : streams) {
                stream.echo(30_000);
            }
            for (EchoLoad.Stream stream : streams) {
                stream.finish();
            }
            assertThat(old.exitCode()).as(old.stderr()).isZero();
            timeline.ended(old, old.exitCode());
            running.remove();
        }
        load.stop();
        timeline.write(Path.of("target", "rolling-restart"));
        System.out.println(timeline.table());
        System.out.println("rolling restart of " + PROCESSES + " processes: " + load.finished() + " streams whole, "
                + load.failures().size() + " refused or cut");

        assertThat(load.failures()).isEmpty();
        assertThat(load.finished()).isGreaterThanOrEqualTo(2 * PROCESSES * STREAMS_IN_BETWEEN);
        assertThat(running).hasSize(PROCESSES).allSatisfy(process -> assertThat(process.stderr())
                .contains("session 1: open"));
    }

    private static List<EchoLoad.Stream> openLong(Bootstrap bootstrap) {
        List<EchoLoad.Stream> streams = new ArrayList<>();
        for (int i = 0; i < LONG_STREAMS; i++) {
            EchoLoad.Stream stream = EchoLoad.open(bootstrap);
            stream.echo(1000);
            streams.add(stream);
        }
        return streams;
    }

    private static void awaitStreams(EchoLoad load) {
        long soFar = load.finished();
        await().atMost(RunningCommand.TIME_LIMIT).until(() -> load.finished() >= soFar + STREAMS_IN_BETWEEN);
    }
}
