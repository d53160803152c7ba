package dev.multipath.examples.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.examples.interop.HangVerdict.Evidence;
import dev.multipath.examples.interop.InteropCase.Disturbance;
import dev.multipath.examples.testing.EventLoops;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs cases through a tap, and again where the wire proves that the Go peer stopped one. For one thread. */
final class InteropRun implements AutoCloseable {

    /** Each of these needs a proven hang of the Go peer before it. */
    static final int MAX_RETRIES = 4;
    /** No news on the wire for so long is a stop. More than {@link HangVerdict#SILENCE}, so that it can be proven. */
    private static final Duration STOPPED = Duration.ofSeconds(8);
    /** A stop that is not proven to be Go's is ours only after this: the machine may be busy, or our redial backed off. */
    private static final Duration GIVEN_UP = Duration.ofSeconds(20);

    private static final long POLL_MILLIS = 100;
    private static final long READY_SECONDS = 20;
    private static final long SEED = 20260401;

    /** How one attempt ended: {@code verdict} is null when it went well. */
    private record Attempt(HangVerdict verdict, String account) {}

    private final Path goProgram;
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    private final InteropReport report = new InteropReport();

    private InteropRun(final Path goProgram) {
        this.goProgram = goProgram;
    }

    /** Builds the Go program. */
    static InteropRun prepare() {
        try {
            return new InteropRun(GoPeer.build());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in go build", e);
        }
    }

    @Override
    public void close() {
        InteropReport.publish(report.toString());
        EventLoops.shutDown(group);
    }

    /** Runs the case until it goes well; fails when it does not, unless that is proven to be the Go peer's fault. */
    void run(final InteropCase test) throws Exception {
        for (int attempt = 0; ; attempt++) {
            final Attempt result = attempt(test, test + (attempt == 0 ? "" : "_retry-" + attempt));
            System.out.println(result.account);
            if (result.verdict == null) {
                return;
            }
            if (!result.verdict.cause().isGo() || attempt == MAX_RETRIES) {
                throw new AssertionError(result.account);
            }
        }
    }

    private Attempt attempt(final InteropCase test, final String name) throws Exception {
        report.countRun();
        final JobHandler handler =
                new JobHandler(test.jobOf(test.goEnd().other()), test.streamBytes(), test.writeBytes(), SEED);
        final List<String> arguments =
                GoPeer.arguments(test.jobOf(test.goEnd()), test.streamBytes(), test.writeBytes(), SEED);
        if (test.goEnd() == End.SERVER) {
            try (GoPeer server = GoPeer.server(goProgram, name, test.paths(), arguments);
                    WireTap tap = tap(test, server.ready().get(READY_SECONDS, TimeUnit.SECONDS));
                    JavaPeer client = JavaPeer.client(group, tap.addresses(), handler)) {
                return watch(test, tap, server, client);
            }
        }
        try (JavaPeer server = JavaPeer.server(group, test.paths(), handler);
                WireTap tap = tap(test, server.addresses());
                GoPeer client = GoPeer.client(goProgram, name, tap.addresses(), arguments)) {
            return watch(test, tap, client, server);
        }
    }

    private static WireTap tap(final InteropCase test, final List<InetSocketAddress> targets) throws IOException {
        final WireTap tap = new WireTap(targets);
        switch (test.disturbance()) {
            case NONE -> {}
            case FREE_CONTROLS -> tap.injectFreeControls(test.goEnd());
            case KILL_BUSIEST_PATH -> {
                final End sender =
                        test.goSendsStream() ? test.goEnd() : test.goEnd().other();
                tap.whenSparable(sender, test.streamBytes() / 2, () -> {
                    final int path = tap.busiestPath(sender);
                    if (test.goSendsStream()) {
                        tap.loseAndKill(path, sender);
                    } else {
                        tap.kill(path);
                    }
                });
            }
        }
        return tap;
    }

    private Attempt watch(final InteropCase test, final WireTap tap, final GoPeer go, final Peer ours)
            throws Exception {
        final long beginNanos = System.nanoTime();
        final CompletableFuture<Void> settled = new CompletableFuture<>();
        CompletableFuture.allOf(go.end(), ours.end()).whenComplete((result, failure) -> settled.complete(null));
        for (final Peer peer : List.of(go, ours)) {
            peer.end().exceptionally(failure -> {
                settled.complete(null);
                return null;
            });
        }
        long news = -1;
        long lastNewsNanos = System.nanoTime();
        while (!settledIn(settled, POLL_MILLIS)) {
            final long nowNanos = System.nanoTime();
            if (tap.news() != news) {
                news = tap.news();
                lastNewsNanos = nowNanos;
                tap.forgetUnread();
                continue;
            }
            tap.noteUnread();
            if (nowNanos - lastNewsNanos > STOPPED.toNanos()) {
                final HangVerdict verdict = judge(test, tap, go);
                if (verdict.cause().isGo() || nowNanos - lastNewsNanos > GIVEN_UP.toNanos()) {
                    return stopped(test, tap, go, ours, verdict);
                }
            }
        }
        if (go.end().isCompletedExceptionally() || ours.end().isCompletedExceptionally()) {
            return stopped(test, tap, go, ours, judge(test, tap, go));
        }
        check(test, tap, go, ours);
        return new Attempt(
                null,
                "interop: " + test + " well in " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos)
                        + " ms; " + ledgers(test, tap));
    }

    private static boolean settledIn(final CompletableFuture<Void> settled, final long millis)
            throws InterruptedException, ExecutionException {
        try {
            settled.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (final TimeoutException e) {
            return false;
        }
    }

    private static HangVerdict judge(final InteropCase test, final WireTap tap, final GoPeer go) throws IOException {
        final End goEnd = test.goEnd();
        final long silenceNanos = HangVerdict.SILENCE.toNanos();
        final boolean goLeavesUnread = tap.leavesUnread(goEnd, silenceNanos);
        final boolean oursLeavesUnread = tap.leavesUnread(goEnd.other(), silenceNanos);
        final List<String> goLog = go.log();
        return tap.inspect(view -> HangVerdict.judge(new Evidence(
                view.ledgerOf(goEnd),
                view.ledgerOf(goEnd.other()),
                test.jobOf(goEnd),
                test.streamBytes(),
                view.liveWiresOf(goEnd),
                goLeavesUnread,
                oursLeavesUnread,
                goLog,
                System.nanoTime())));
    }

    private Attempt stopped(
            final InteropCase test, final WireTap tap, final GoPeer go, final Peer ours, final HangVerdict verdict)
            throws Exception {
        if (verdict.cause().isGo()) {
            report.countHang(verdict.cause());
        }
        final String account = "interop: " + test + " stopped: " + verdict.cause() + ": " + verdict.evidence() + "; "
                + ledgers(test, tap) + "; Go: " + state(go) + "; we: " + state(ours);
        go.dumpStacks();
        return new Attempt(verdict, account);
    }

    private static String ledgers(final InteropCase test, final WireTap tap) {
        return tap.inspect(view -> "from Go: " + view.ledgerOf(test.goEnd()) + "; from us: "
                + view.ledgerOf(test.goEnd().other()) + "; live wires 0b"
                + Long.toBinaryString(view.liveWiresOf(test.goEnd())));
    }

    private static String state(final Peer peer) {
        return peer.progress()
                + (peer.end().isCompletedExceptionally()
                        ? " " + peer.end().handle((outcome, failure) -> failure).join()
                        : "");
    }

    private static void check(final InteropCase test, final WireTap tap, final GoPeer go, final Peer ours)
            throws Exception {
        final Peer.Outcome outcome = ours.end().get();
        assertThat(go.end().get()).isEqualTo(outcome);
        assertThat(outcome.bytes()).isEqualTo(test.streamBytes());
        assertThat(go.exitCode()).contains(0);
        assertThat(tap.failures()).isEmpty();
        assertThat(tap.injections() > 0).isEqualTo(test.disturbance() == Disturbance.FREE_CONTROLS);
        assertThat(tap.killedPaths()).isEqualTo(test.disturbance() == Disturbance.KILL_BUSIEST_PATH ? 1 : 0);
        tap.inspect(view -> {
            final FrameLedger fromOurs = view.ledgerOf(test.goEnd().other());
            assertThat(fromOurs.senderFaults()).isEmpty();
            assertThat(view.ledgerOf(test.goEnd()).receiverFaults()).isEmpty();
            assertThat(fromOurs.widestWindow())
                    .as("frames from the lowest unacknowledged on")
                    .isLessThanOrEqualTo(FrameLedger.WINDOW_FRAMES);
            return null;
        });
    }
}
