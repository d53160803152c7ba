package dev.multipath.examples.history;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Paths, and all that befalls them: {@code SEED FAULT_MILLIS ENDS TARGET_PORT...} listens once for each target, prints the
 * ports, and has a fault every so often until its standard input says {@code heal}; then it carries everything. Prints the number
 * of faults then. Where {@link StreamEnd.Ends#TOGETHER} ends are those of connections, none that nobody meant are made up: nobody
 * could tell them apart.
 */
final class Relays {

    private enum Fault {
        /** Both ends see a reset. */
        RESET,
        /** Both ends see an end that nobody meant. */
        END,
        /** What comes is lost, in silence, and then the connection is reset. */
        SWALLOW,
        /** Nothing moves for a while. */
        STALL,
        /** The path takes no connections for a while, and those it has are reset. */
        OUTAGE,
        /** Few bytes at a time for a while. */
        DRIBBLE
    }

    /** Of the arguments. */
    private static final int FIRST_TARGET = 3;

    private static final int BUFFER_BYTES = 16 << 10;
    private static final int MAX_FAULT_MILLIS = 1500;
    private static final int DRIBBLE_BYTES = 100;

    private final List<Relay> relays = new ArrayList<>();

    public static void main(String[] args) throws Exception {
        new Relays().run(args);
    }

    private void run(String[] args) throws Exception {
        SplittableRandom random = new SplittableRandom(Long.parseLong(args[0]));
        int meanMillis = Integer.parseInt(args[1]);
        List<Fault> faults = new ArrayList<>(List.of(Fault.values()));
        if (StreamEnd.Ends.valueOf(args[2]) == StreamEnd.Ends.TOGETHER) {
            faults.remove(Fault.END);
        }
        StringBuilder ports = new StringBuilder();
        for (int i = FIRST_TARGET; i < args.length; i++) {
            Relay relay = new Relay(Integer.parseInt(args[i]));
            relays.add(relay);
            ports.append(i == FIRST_TARGET ? "" : " ").append(relay.listener.getLocalPort());
        }
        System.out.println(ports);
        int suffered = 0;
        while (System.in.available() == 0) {
            Thread.sleep(random.nextInt(2 * meanMillis));
            Fault fault = faults.get(random.nextInt(faults.size()));
            if (relays.get(random.nextInt(relays.size())).suffer(fault, random)) {
                suffered++;
            }
        }
        System.out.println(suffered);
        System.in.read();
        System.in.readAllBytes();
        System.exit(0);
    }

    /** One path. */
    private static final class Relay {

        private final int target;
        private final ServerSocket listener;
        private final List<Pair> pairs = new CopyOnWriteArrayList<>();
        private volatile long outageUntilNanos = System.nanoTime();

        Relay(int target) throws IOException {
            this.target = target;
            listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
            daemon(this::accept);
        }

        private void accept() throws IOException {
            while (true) {
                Socket client = listener.accept();
                if (System.nanoTime() - outageUntilNanos < 0) {
                    reset(client);
                } else {
                    connect(client);
                }
            }
        }

        private void connect(Socket client) throws IOException {
            Socket server;
            try {
                server = new Socket(InetAddress.getLoopbackAddress(), target);
            } catch (IOException e) {
                reset(client);
                return;
            }
            Pair pair = new Pair(client, server);
            pairs.add(pair);
            daemon(() -> pair.carry(client, server));
            daemon(() -> pair.carry(server, client));
        }

        /** Says whether there was anything to disturb. */
        boolean suffer(Fault fault, SplittableRandom random) throws IOException {
            pairs.removeIf(Pair::isOver);
            long untilNanos = System.nanoTime() + random.nextInt(MAX_FAULT_MILLIS) * 1_000_000L;
            if (fault == Fault.OUTAGE) {
                outageUntilNanos = untilNanos;
                for (Pair pair : pairs) {
                    pair.reset();
                }
                return true;
            }
            if (pairs.isEmpty()) {
                return false;
            }
            pairs.get(random.nextInt(pairs.size())).suffer(fault, untilNanos);
            return true;
        }
    }

    /** One connection of a path. */
    private static final class Pair {

        private final Socket client;
        private final Socket server;
        private volatile Fault fault;
        private volatile long untilNanos;

        Pair(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void suffer(Fault kind, long until) throws IOException {
            if (fault == Fault.SWALLOW) {
                // What was lost does not come back.
                return;
            }
            switch (kind) {
                case RESET -> reset();
                case END -> {
                    client.close();
                    server.close();
                }
                default -> {
                    untilNanos = until;
                    fault = kind;
                }
            }
        }

        boolean isOver() {
            return client.isClosed() || server.isClosed();
        }

        void reset() throws IOException {
            Relays.reset(client);
            Relays.reset(server);
        }

        void carry(Socket from, Socket to) throws IOException {
            try {
                byte[] buffer = new byte[BUFFER_BYTES];
                for (int count = from.getInputStream().read(buffer);
                        count >= 0;
                        count = from.getInputStream()
                                .read(buffer, 0, fault == Fault.DRIBBLE ? DRIBBLE_BYTES : BUFFER_BYTES)) {
                    if (suffers()) {
                        return;
                    }
                    to.getOutputStream().write(buffer, 0, count);
                }
                to.shutdownOutput();
                if (from.isOutputShutdown()) {
                    from.close();
                    to.close();
                }
            } catch (IOException e) {
                reset();
            }
        }

        /** For as long as its fault lasts; says whether the connection ends with it. */
        private boolean suffers() throws IOException {
            Fault mine = fault;
            if (mine == null) {
                return false;
            }
            try {
                if (mine == Fault.DRIBBLE) {
                    Thread.sleep(1);
                } else {
                    Thread.sleep(Math.max(0, (untilNanos - System.nanoTime()) / 1_000_000));
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (mine == Fault.SWALLOW) {
                reset();
                return true;
            }
            if (System.nanoTime() - untilNanos >= 0) {
                fault = null;
            }
            return false;
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (IOException e) {
                // The other end is gone, or the listener.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Unless it is closed: by another thread perhaps, and just now. */
    private static void reset(Socket socket) throws IOException {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (SocketException e) {
            if (!socket.isClosed()) {
                throw e;
            }
        }
    }
}
