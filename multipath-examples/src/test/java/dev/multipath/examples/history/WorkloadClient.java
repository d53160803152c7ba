package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Opens streams, so many at a time, until there were as many as wanted: {@code PORT STREAMS CONCURRENT SEED FILE}. */
final class WorkloadClient {

    private WorkloadClient() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        long streams = Long.parseLong(args[1]);
        ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(args[2]));
        SplittableRandom random = new SplittableRandom(Long.parseLong(args[3]));
        try (History history = new History(Path.of(args[4]))) {
            for (long stream = 1; stream <= streams; stream++) {
                long number = stream;
                SplittableRandom draws = random.split();
                threads.execute(() -> run(port, number, history, draws));
            }
            threads.shutdown();
            threads.awaitTermination(1, TimeUnit.HOURS);
        }
    }

    private static void run(int port, long stream, History history, SplittableRandom draws) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            history.add(Event.OPEN, stream, History.UP, 0);
            new StreamEnd(socket, history, stream, History.UP, draws).run(StreamEnd.name(stream), 0);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
