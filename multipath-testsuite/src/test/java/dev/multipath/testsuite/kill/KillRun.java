package dev.multipath.testsuite.kill;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Many sessions, some of them at a time. */
final class KillRun {

    /** They mostly wait. */
    private static final int CONCURRENT = Integer.getInteger("kill.concurrent", 40);

    /** A product that is as broken as that need not be tried further. */
    private static final int MAX_FAILURES = Integer.getInteger("kill.maxFailures", 20);

    private final int sessions;
    private final long firstSeed;
    private final Machine machine;
    private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
    private final Tally kills = new Tally();
    private final Tally verdicts = new Tally();
    private final Tally changes = new Tally();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong judged = new AtomicLong();
    private final long startNanos = System.nanoTime();

    /** Session i has the seed {@code firstSeed + i}. */
    KillRun(int sessions, long firstSeed, Machine machine) {
        this.sessions = sessions;
        this.firstSeed = firstSeed;
        this.machine = machine;
    }

    /** Runs them all, and waits until nothing should be left of them. */
    void run() throws InterruptedException {
        Semaphore places = new Semaphore(CONCURRENT);
        for (int i = 0; i < sessions && failures.size() < MAX_FAILURES; i++) {
            places.acquire();
            new SessionRun(Planner.plan(i % Content.MAX_SESSIONS, firstSeed + i), machine, this::onKilled)
                    .start()
                    .whenComplete((run, failure) -> {
                        if (failure == null) {
                            judge(run);
                        } else {
                            failures.add("the test itself failed: " + failure);
                        }
                        places.release();
                    });
        }
        places.acquire(CONCURRENT);
    }

    private void onKilled(Kill kill) {
        kills.add(kill.kind().name());
    }

    private void judge(SessionRun run) {
        judged.incrementAndGet();
        bytes.addAndGet(run.client().record().receivedBytes);
        run.unused().forEach(end -> bytes.addAndGet(end.record().receivedBytes));
        if (run.server() != null) {
            bytes.addAndGet(run.server().record().receivedBytes);
        }
        run.pathChanges().forEach(changes::add);
        Judge.Verdict verdict = Judge.judge(run);
        verdict.labels().forEach(verdicts::add);
        for (String failure : verdict.failures()) {
            failures.add(
                    failure + "\n" + run + "  again: -Dkill.seed=" + run.plan().seed() + " -Dkill.sessions=1\n");
        }
    }

    List<String> failures() {
        return failures;
    }

    /** One line for the build. */
    String summary() {
        return String.format(
                Locale.ROOT,
                "kill test: %d sessions, seeds from %d, in %d s; %d kills (%s); path changes (%s); %.1f MB received; verdicts (%s); %d failures",
                judged.get(),
                firstSeed,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos),
                kills.sum(),
                kills,
                changes,
                bytes.get() / 1e6,
                verdicts,
                failures.size());
    }
}
