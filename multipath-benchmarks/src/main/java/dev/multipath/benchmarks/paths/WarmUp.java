package dev.multipath.benchmarks.paths;

import dev.multipath.path.MultipathAddress;
import dev.multipath.quic.QuicAddress;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/** A little of everything over loopback: what a virtual machine has not compiled yet is not to be measured. */
final class WarmUp {

    private static final int SESSIONS = 100;
    private static final int REQUESTS = 20;
    private static final int RESPONSE_BYTES = 100 << 10;
    private static final long BULK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private WarmUp() {}

    /** @param like one of the addresses that follow, whose kind the warm-up has */
    static void run(Wiring wiring, SocketAddress like) throws InterruptedException {
        EventLoopGroup servers = wiring.newGroup("warm-up-server");
        EventLoopGroup clients = wiring.newGroup("warm-up-client");
        InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
        InetSocketAddress other = like instanceof QuicAddress ? QuicAddress.of(any) : any;
        Channel server = wiring.bind(servers, MultipathAddress.of(any, other), null, line -> {});
        MultipathAddress address = (MultipathAddress) server.localAddress();
        for (int i = 0; i < SESSIONS; i++) {
            RequestHandler requests = new RequestHandler(
                    new Job(Job.Kind.REQUESTS, 64, i % 2 == 0 ? 64 : RESPONSE_BYTES), REQUESTS, false);
            wiring.connect(clients, address, requests).closeFuture().sync();
        }
        BulkHandler upload = new BulkHandler(new Job(Job.Kind.UPLOAD, 0, 0), BULK_NANOS);
        wiring.connect(clients, address, upload).closeFuture().sync();
        int millis = (int) TimeUnit.NANOSECONDS.toMillis(BULK_NANOS);
        BulkHandler download = new BulkHandler(new Job(Job.Kind.DOWNLOAD, millis, 0), 0);
        wiring.connect(clients, address, download).closeFuture().sync();
        server.close().sync();
        wiring.end(clients, servers);
    }
}
