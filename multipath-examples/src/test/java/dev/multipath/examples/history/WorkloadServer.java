package dev.multipath.examples.history;

import dev.multipath.examples.history.History.Event;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Takes streams until its standard input ends, and is silent of those that end before they have a name: {@code SEED ENDS FILE}. */
final class WorkloadServer {

    /** Who cuts a stream whose session has no path tells nobody: the far end of the tunnel waits for it as long as it may come back. */
    private static final long MAX_END_SECONDS = 180;

    private WorkloadServer() {}

    public static void main(String[] args) throws Exception {
        SplittableRandom random = new SplittableRandom(~Long.parseLong(args[0]));
        StreamEnd.Ends ends = StreamEnd.Ends.valueOf(args[1]);
        ExecutorService threads = Executors.newCachedThreadPool();
        ServerSocket listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        try (History history = new History(Path.of(args[2]))) {
            Thread acceptor = new Thread(() -> accept(listener, ends, history, random, threads), "acceptor");
            acceptor.start();
            System.out.println(listener.getLocalPort());
            System.in.readAllBytes();
            listener.close();
            acceptor.join();
            threads.shutdown();
            if (!threads.awaitTermination(MAX_END_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("streams are open that the client has ended");
            }
        }
    }

    private static void accept(
            ServerSocket listener,
            StreamEnd.Ends ends,
            History history,
            SplittableRandom random,
            ExecutorService threads) {
        try {
            while (true) {
                Socket socket = listener.accept();
                SplittableRandom draws = random.split();
                threads.execute(() -> serve(socket, ends, history, draws));
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    private static void serve(Socket socket, StreamEnd.Ends ends, History history, SplittableRandom draws) {
        try (socket) {
            ByteBuffer name = StreamEnd.readName(socket.getInputStream());
            if (name != null) {
                long stream = StreamEnd.stream(name);
                history.add(Event.OPEN, stream, History.DOWN, 0);
                history.add(Event.READ, stream, History.UP, 0, name.array(), StreamEnd.NAME_BYTES);
                StreamEnd.runServer(socket, history, name, ends, draws);
            }
        } catch (SocketException e) {
            // Cut before its name had come.
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
