package dev.multipath.session.sim;

import java.util.SplittableRandom;

/** A single TCP connection over one path, with the same application: what a session is compared with. */
final class PlainTcp {

    final EventQueue clock = new EventQueue(0);
    final TcpLink toServer;
    final TcpLink toClient;
    final TcpPipe up;
    final TcpPipe down;

    /**
     * Sets it up; {@link #run} lets time pass.
     *
     * @param random the path's own: {@link TcpWorld#pathRandoms}
     */
    PlainTcp(PathSpec spec, TcpControl.Kind control, SplittableRandom random, Flow client, Flow server) {
        toServer = new TcpLink(clock, spec, spec.rttNanos(), random.split());
        toClient = new TcpLink(clock, spec, spec.rttNanos(), random.split());
        up = new TcpPipe(clock, toServer, toClient, control.create());
        down = new TcpPipe(clock, toClient, toServer, control.create());
        connect(up, server);
        connect(down, client);
        clock.at(
                0,
                () -> toServer.sendSmall(() -> toClient.sendSmall(() -> {
                    start(up, client);
                    start(down, server);
                })));
    }

    private static void connect(TcpPipe pipe, Flow to) {
        pipe.onBytes(total -> to.read(total - to.readBytes()));
    }

    private static void start(TcpPipe pipe, Flow from) {
        from.onWanted(() -> write(pipe, from));
        write(pipe, from);
    }

    private static void write(TcpPipe pipe, Flow from) {
        long bytes = from.unwrittenBytes();
        if (bytes > 0) {
            from.written(bytes);
            pipe.write(bytes);
        }
    }

    void run(long untilNanos) {
        boolean[] over = new boolean[1];
        clock.at(untilNanos, () -> over[0] = true);
        while (!over[0]) {
            clock.runNext();
        }
    }
}
