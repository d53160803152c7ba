package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Opens streams, so many at a time, until the server has answered on as many as wanted: {@code PORT STREAMS CONCURRENT SEED ENDS FILE}. */
final class WorkloadClient {

    private static final int RETRY_MILLIS = 100;

    private WorkloadClient() {}

    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        long streams = Long.parseLong(args[1]);
        ExecutorService threads = Executors.newFixedThreadPool(Integer.parseInt(args[2]));
        StreamEnd.Ends ends = StreamEnd.Ends.valueOf(args[4]);
        SplittableRandom random = new SplittableRandom(Long.parseLong(args[3]));
        AtomicLong names = new AtomicLong();
        try (History history = new History(Path.of(args[5]))) {
            for (long i = 0; i < streams; i++) {
                SplittableRandom draws = random.split();
                threads.execute(() -> run(port, names, ends, history, draws));
            }
            threads.shutdown();
            threads.awaitTermination(1, TimeUnit.HOURS);
        }
    }

    private static void run(int port, AtomicLong names, StreamEnd.Ends ends, History history, SplittableRandom draws) {
        try {
            while (!isAnswered(port, names.incrementAndGet(), ends, history, draws.split())) {
                Thread.sleep(RETRY_MILLIS);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One stream, to its end. */
    private static boolean isAnswered(
            int port, long stream, StreamEnd.Ends ends, History history, SplittableRandom draws)
            throws IOException, InterruptedException {
        try (Socket socket = connect(port)) {
            history.add(Event.OPEN, stream, History.UP, 0);
            return StreamEnd.runClient(socket, history, stream, ends, draws);
        }
    }

    /** Nobody listens while the entry was killed and is not back. */
    private static Socket connect(int port) throws IOException, InterruptedException {
        while (true) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (ConnectException e) {
                Thread.sleep(RETRY_MILLIS);
            }
        }
    }
}
