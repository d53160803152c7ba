package dev.multipath.path;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The race for a session: paths are dialled in order, the next one when the one before has failed or is slow (RFC 8305
 * section 5); whichever is answered first names the session. One attempt at a time asks for it, since each that is answered
 * makes the server open one. Runs on the session's event loop.
 *
 * <p>Who asks has the word for the attempt delay, or for twice the time that its connection took if that is longer:
 * so slow paths do not open sessions for nothing. An attempt whose answer comes when another has won waits for it all
 * the same, and ends the session that it opened in order ({@link EstablishedSubflow#discard}). Closed without a word,
 * the server would keep that for its resumption time.
 */
final class SessionRace {

    /** An attempt, and how long its connection took. */
    private record Connected(SubflowDialer dialer, long connectNanos) {}

    private final EventLoop eventLoop;
    private final DialPolicy policy;
    private final Consumer<PathSlot> dialing;
    private final Consumer<SubflowDialer> greeting;

    /** Paths that were not dialled yet. */
    private final ArrayDeque<PathSlot> untried = new ArrayDeque<>();

    /** Attempts that are connected and wait for their turn to ask for a session. */
    private final ArrayDeque<Connected> connected = new ArrayDeque<>();

    private final List<PathFailedException> failures = new ArrayList<>();
    private Future<?> nextDial;
    private Future<?> nextGreeting;

    /**
     * Creates a race; {@link #start} sets it going.
     *
     * @param dialing dials a path
     * @param greeting has a connected attempt ask for a session
     */
    SessionRace(EventLoop eventLoop, DialPolicy policy, Consumer<PathSlot> dialing, Consumer<SubflowDialer> greeting) {
        this.eventLoop = eventLoop;
        this.policy = policy;
        this.dialing = dialing;
        this.greeting = greeting;
    }

    void start(List<PathSlot> slots) {
        untried.addAll(slots);
        dialNext();
    }

    private void dialNext() {
        cancel(nextDial);
        PathSlot slot = untried.poll();
        if (slot == null) {
            return;
        }
        if (!untried.isEmpty()) {
            nextDial = later(policy.attemptDelay().toNanos(), this::dialNext);
        }
        dialing.accept(slot);
    }

    void onConnected(SubflowDialer dialer, long connectNanos) {
        connected.add(new Connected(dialer, connectNanos));
        if (nextGreeting == null) {
            greetNext();
        }
    }

    private void greetNext() {
        cancel(nextGreeting);
        nextGreeting = null;
        Connected next = connected.poll();
        if (next != null) {
            nextGreeting = later(policy.answerDelayNanos(next.connectNanos()), this::greetNext);
            greeting.accept(next.dialer());
        }
    }

    /** An attempt failed. Returns the causes of all if that was the last of so many paths, else null. */
    AllPathsFailedException onFailed(SubflowDialer dialer, Throwable cause, int paths) {
        connected.removeIf(each -> each.dialer() == dialer);
        failures.add(new PathFailedException(dialer.path(), cause));
        if (failures.size() == paths) {
            return new AllPathsFailedException(failures);
        }
        dialNext();
        if (dialer.hasAskedForSession()) {
            greetNext();
        }
        return null;
    }

    /** It is decided: those that are connected and have not asked for a session join that which there is. */
    void onDecided(Consumer<SubflowDialer> joining) {
        List<Connected> waiting = List.copyOf(connected);
        stop();
        waiting.forEach(each -> joining.accept(each.dialer()));
    }

    /** Nothing is dialled or asked any more. */
    void stop() {
        cancel(nextDial);
        cancel(nextGreeting);
        connected.clear();
        untried.clear();
    }

    private Future<?> later(long delayNanos, Runnable task) {
        return eventLoop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    }

    private static void cancel(Future<?> future) {
        if (future != null) {
            future.cancel(false);
        }
    }
}
