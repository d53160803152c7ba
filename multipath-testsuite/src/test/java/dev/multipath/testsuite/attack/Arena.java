package dev.multipath.testsuite.attack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;

/** What one attack has at hand: the victims, connections that are closed when it is over, and what is often expected. */
final class Arena implements AutoCloseable {

    /** Where attackers come from, unless they come from many places; the honest have 127.0.0.1 and 127.0.0.2. */
    static final String HOME = "127.0.0.1";

    private static final int THREADS = 16;

    /** Read buffers included, and a chunk or two of the allocator's. */
    private static final long UNPROVEN_BYTES = 48L << 20;

    private final Children children;
    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "attacker");
        thread.setDaemon(true);
        return thread;
    });
    private final AtomicInteger dialled = new AtomicInteger();
    private volatile boolean closed;

    Arena(Children children) {
        this.children = children;
    }

    Scale scale() {
        return children.scale();
    }

    Child client() {
        return children.client();
    }

    InetSocketAddress server() {
        return children.serverAddresses().get(0);
    }

    /** One of the addresses that an attacker with many has. */
    static String source(int index) {
        return "127.0." + (1 + index / 250) + "." + (1 + index % 250);
    }

    // ---- what attackers do

    Connection connect() throws IOException {
        return connect(HOME, 0);
    }

    Connection connect(String source, int receiveBuffer) throws IOException {
        return keep(Connection.connect(source, server(), receiveBuffer));
    }

    /** Until the attack is over. */
    <T extends AutoCloseable> T keep(T closeable) {
        open.add(closeable);
        if (closed) {
            close();
        }
        return closeable;
    }

    /** A session of the attacker's, both HELLOs said. */
    HostileSession session() throws IOException {
        return session(HOME);
    }

    HostileSession session(String source) throws IOException {
        HostileSession session = HostileSession.begin(this, source, 0);
        session.first.send(Wire.hello());
        return session;
    }

    /** A session of the base profile; its name. */
    byte[] baseSession(Connection connection) throws IOException {
        connection.send(Wire.NEW_SESSION, Wire.PONG, Wire.PING);
        return connection.readPreface();
    }

    /** A server of the attacker's. */
    HostileServer hostileServer(HostileServer.Script script) throws IOException {
        return hostileServer(InetAddress.getByName(HOME), script);
    }

    HostileServer hostileServer(InetAddress host, HostileServer.Script script) throws IOException {
        return keep(new HostileServer(this, host, script));
    }

    /** What an attacker does many times over; one who is refused, or cut, goes on with the next. */
    interface Repeated {
        void run(int index) throws Exception;
    }

    /** Several at a time. */
    void repeat(int count, Repeated action) throws Exception {
        int each = (count + THREADS - 1) / THREADS;
        var running = IntStream.range(0, THREADS)
                .mapToObj(thread -> start(() -> {
                    for (int i = thread * each; i < Math.min(count, (thread + 1) * each) && !closed; i++) {
                        try {
                            action.run(i);
                        } catch (IOException defended) {
                            // The victim may defend itself.
                        }
                    }
                }))
                .toList();
        for (Future<?> one : running) {
            one.get();
        }
    }

    /** The same; then the attacker holds what he has while the honest go on. */
    void repeatAndHold(int count, Repeated action) throws Exception {
        repeat(count, action);
        hold(scale().of(3, 100));
    }

    /** A thread's work. */
    interface Work {
        void run() throws Exception;
    }

    Future<?> start(Work work) {
        return threads.submit(() -> {
            work.run();
            return null;
        });
    }

    /** Lets so many honest echoes and sessions come and go while the attacker holds what he has. */
    void hold(int rounds) throws Exception {
        for (int i = 0; i < rounds; i++) {
            client().ask("end " + Judge.HONEST_LIMIT_MILLIS);
        }
    }

    /** Holds on while something goes on. */
    void holdFor(Duration time) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            hold(1);
        }
    }

    // ---- what clients are made to do

    /** The client opens a session; its name. */
    String dial(String... words) throws Exception {
        String name = "session" + dialled.incrementAndGet();
        client().ask("dial " + name + " " + String.join(" ", words));
        return name;
    }

    Report state(String session) throws Exception {
        return client().ask("state " + session);
    }

    /** The honest server, as a word of {@link #dial}. */
    String honest() {
        return HOME + ":" + server().getPort();
    }

    /** The client's session is open, and what it sends comes back. */
    void expectEchoTo(String session) throws Exception {
        eventually().untilAsserted(() -> assertThat(state(session).text("connected"))
                .isEqualTo("yes"));
        long before = state(session).number("received");
        client().ask("send " + session + " 1000");
        eventually().untilAsserted(() -> assertThat(state(session).number("received"))
                .isGreaterThanOrEqualTo(before + 1000));
        assertThat(state(session).text("open")).isEqualTo("true");
    }

    /** The client's session, or attempt, ends. */
    void expectEnd(String session) {
        eventually().untilAsserted(() -> assertThat(state(session).text("open")).isEqualTo("false"));
    }

    // ---- what is expected

    /** The server has noted the end of a subflow, or session, for that reason. */
    void expectCause(String exception) {
        eventually()
                .untilAsserted(() -> assertThat(children.server().ask("causes").list("causes"))
                        .contains(exception));
    }

    /** Section 5, "subflow": it is closed for that reason, and the session goes on over the other one. */
    void expectSubflowClosed(String exception, byte[]... bytes) throws Exception {
        HostileSession session = session();
        Connection second = session.join();
        second.send(bytes);
        second.awaitEnd();
        expectCause(exception);
        HostileSession.expectEcho(session.first, Wire.FIRST);
    }

    /** Nothing becomes of it: both subflows and the session go on. */
    void expectTolerated(byte[]... bytes) throws Exception {
        HostileSession session = session();
        Connection second = session.join();
        second.send(bytes);
        second.send(Wire.PING);
        second.await(frame -> frame.isControl(1));
        HostileSession.expectEcho(session.first, Wire.FIRST);
    }

    /** Section 4.6: the connection is closed, and the session does not feel it. */
    void expectRefusedJoin(HostileSession session, Connection joining) throws IOException {
        joining.awaitEnd();
        HostileSession.expectEcho(session.first, Wire.FIRST);
    }

    long serverDirectBytes() throws Exception {
        return children.server().ask("memory").number("direct");
    }

    /** Connections that have proved nothing, and sent a MiB each, are held for with some KiB. */
    void expectUnprovenHoldLittle(long directBytesBefore) throws Exception {
        hold(3);
        assertThat(serverDirectBytes() - directBytesBefore)
                .as("direct memory for what is unproven")
                .isLessThan(UNPROVEN_BYTES);
    }

    static ConditionFactory eventually() {
        return await().atMost(30, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(20));
    }

    @Override
    public void close() {
        closed = true;
        for (AutoCloseable one = open.poll(); one != null; one = open.poll()) {
            try {
                one.close();
            } catch (Exception e) {
                // It is gone.
            }
        }
    }

    /** Whatever still runs. */
    void end() {
        close();
        threads.shutdownNow();
    }
}
