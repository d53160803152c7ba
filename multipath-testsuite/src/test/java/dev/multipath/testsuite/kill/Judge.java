package dev.multipath.testsuite.kill;

import dev.multipath.path.AllPathsFailedException;
import dev.multipath.session.MultipathException;
import dev.multipath.session.SessionResetException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What an end may see. The rules are this test's own:
 *
 * <ol>
 *   <li>Every byte is the right one, none comes twice or behind the end, and there are none in a session that no client has.
 *   <li>An orderly end of what an end receives ({@code ChannelInputShutdownEvent}, or {@code channelInactive} without an
 *       exception before it) comes only when the other end has ended its output, and behind all of it.
 *   <li>Anything else is told by an exception of the type that the guide names ({@code MultipathException}, and {@code
 *       AllPathsFailedException} from {@code connect}), once, before {@code channelInactive}.
 *   <li>A {@code close()} that succeeds says that the other end has been given everything, unless that broke off itself.
 *   <li>Where every path comes back in time (extended profile), or one is never killed (both profiles), and no application
 *       breaks off, everything arrives, and no end is told of any error.
 *   <li>An {@code abort} with a code is never an orderly end at the other end; over a path that lives it is a {@code
 *       SessionResetException} with that code (extended profile).
 *   <li>A {@code connect} fails only if something was killed, and not where a path is safe; or if the server's application
 *       closes or aborts at once.
 *   <li>Every session ends within a generous limit, and nothing is left of it: channel, subflow, buffer, reference.
 * </ol>
 *
 * <p>What is granted, and counted, since the protocol cannot do better (PROTOCOL.md section 2, ARCHITECTURE.md "The end of a
 * stream"):
 *
 * <ul>
 *   <li>{@code FORGED_END}: base profile without TLS; a relay closed a connection in order, which looks like the other end's
 *       own close: the end may be early.
 *   <li>{@code CLOSE_UNHEARD}: base profile; everything has arrived, but the other's close is held up on a dead connection,
 *       and the application does not wait for ever.
 *   <li>{@code LOSS_AT_END}: base profile; everything has arrived, but a connection was killed as the other end closed, perhaps
 *       with the last acknowledgements: the end that did not close cannot know, and says so.
 * </ul>
 */
final class Judge {

    private final SessionRun run;
    private final Plan plan;
    private final List<String> failures = new ArrayList<>();
    private final List<String> verdicts = new ArrayList<>();

    private Judge(SessionRun run) {
        this.run = run;
        plan = run.plan();
    }

    /** What is wrong, and what to count. */
    record Verdict(List<String> failures, List<String> labels) {}

    static Verdict judge(SessionRun run) {
        Judge judge = new Judge(run);
        judge.judge();
        return new Verdict(judge.failures, judge.verdicts);
    }

    private void judge() {
        if (run.hang() != null) {
            failures.add("HANG: " + run.hang());
            verdicts.add("hang");
            return;
        }
        judgeEnd(run.client());
        run.unused().forEach(this::judgeUnused);
        if (run.acceptorSessions() > 0) {
            failures.add("LEFT: the acceptor counts " + run.acceptorSessions() + " sessions");
        }
        if (run.connectFailure() != null) {
            judgeConnectFailure(run.connectFailure());
            return;
        }
        End server = run.server();
        if (server == null) {
            failures.add("UNKNOWN: the client has a session that the server does not know");
            return;
        }
        judgeEnd(server);
        judgeStream(server, run.client());
        judgeStream(run.client(), server);
        judgeAbort(server, run.client());
        judgeAbort(run.client(), server);
        judgeWhole(run.client(), server);
    }

    private void judgeEnd(End end) {
        Record record = end.record();
        String name = name(end);
        if (record.wrongByte() != null) {
            failures.add("WRONG BYTE at the " + name + ": " + record.wrongByte());
        }
        if (record.disorder() != null) {
            failures.add("DISORDER at the " + name + ": " + record.disorder());
        }
        Stream.concat(record.exceptions().stream(), Stream.ofNullable(record.closeFailure))
                .filter(cause -> !(cause instanceof MultipathException))
                .forEach(cause -> failures.add("UNTYPED at the " + name + ": " + cause));
        if (record.exceptions().size() > 1) {
            failures.add("TWICE: the " + name + " is told of several errors: " + record.exceptions());
        }
    }

    private static String name(End end) {
        return end.whose() == Direction.UP ? "client" : "server";
    }

    private void judgeUnused(End end) {
        judgeEnd(end);
        verdicts.add("unused server session");
        if (end.record().receivedBytes > 0) {
            failures.add("STRAY: a session that no client has got " + end.record().receivedBytes + " bytes");
        }
    }

    private void judgeConnectFailure(Throwable cause) {
        verdicts.add("connect failed");
        if (!(cause instanceof AllPathsFailedException)) {
            failures.add("UNTYPED from connect: " + cause);
        }
        boolean serverLeft = run.unused().stream()
                .map(End::record)
                .anyMatch(record -> record.left || record.abortCode == Plan.ABORT_CODE);
        if (!serverLeft && (run.killed().isEmpty() || plan.fate() == Plan.Fate.SAFE)) {
            failures.add("CONNECT failed although a path works: " + cause);
        }
    }

    /** What the one sends and the other receives. */
    private void judgeStream(End sender, End receiver) {
        Record sent = sender.record();
        Record received = receiver.record();
        boolean whole = sent.outputEnded && received.receivedBytes == sent.sentBytes;
        if (received.receivedBytes > sent.sentBytes) {
            failures.add("MORE: the " + name(receiver) + " got " + received.receivedBytes + " of " + sent.sentBytes);
        }
        if (received.inputEnded && !whole && !isForged(receiver)) {
            failures.add("CUT SILENTLY: the " + name(receiver) + " got " + received.receivedBytes
                    + " bytes and an orderly end of the " + sent.sentBytes + " that the " + name(sender) + " has sent, "
                    + (sent.outputEnded ? "and ended" : "and not ended"));
        }
        boolean closedWell = sent.left && !sent.hasFailed() && sent.abortCode == 0;
        boolean receiverLeft = received.leftEarly || received.abortCode != 0;
        if (closedWell && !whole && !receiverLeft && !isForged(sender)) {
            failures.add("LOST: the " + name(sender) + " has closed well after " + sent.sentBytes + " bytes, but the "
                    + name(receiver) + " got " + received.receivedBytes);
        }
    }

    private boolean isForged(End end) {
        boolean forged = !plan.extended() && plan.tls() == Plan.Tls.NONE && run.isEndForgedTo(end.whose());
        if (forged) {
            verdicts.add("granted FORGED_END");
        }
        return forged;
    }

    private void judgeAbort(End breaker, End other) {
        if (breaker.record().abortCode == 0) {
            return;
        }
        verdicts.add(breaker.record().abortCode == Plan.GAVE_UP_CODE ? "gave up" : "aborted");
        if (!plan.extended() || !other.record().hasFailed() || other.record().abortCode != 0) {
            return;
        }
        boolean told = Stream.concat(
                        other.record().exceptions().stream(), Stream.ofNullable(other.record().closeFailure))
                .anyMatch(cause -> isReset(cause, breaker.record().abortCode));
        if (told) {
            verdicts.add("abort told");
        } else if (run.hadSafePathAtAbort(breaker)) {
            failures.add("ABORT's code did not reach the " + name(other) + ", but "
                    + other.record().exceptions() + " " + other.record().closeFailure);
        } else {
            verdicts.add("abort's code lost with its paths");
        }
    }

    private static boolean isReset(Throwable cause, long code) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof SessionResetException reset && reset.code() == code) {
                return true;
            }
        }
        return false;
    }

    private void judgeWhole(End client, End server) {
        boolean complete = client.record().receivedBytes == plan.server().bytes()
                && server.record().receivedBytes == plan.client().bytes();
        boolean failed = client.record().hasFailed() || server.record().hasFailed();
        if (client.record().closeUnheard || server.record().closeUnheard) {
            verdicts.add("granted CLOSE_UNHEARD");
        }
        if (complete && failed && isLossAtEnd(client, server)) {
            verdicts.add("granted LOSS_AT_END");
        } else if (plan.mustComplete() && (!complete || failed)) {
            failures.add("FAILED although paths lived: " + errors(client) + errors(server)
                    + (complete ? "(everything had arrived)" : ""));
        }
        if (complete && !failed) {
            verdicts.add("complete");
        } else if (plan.isBrokenOff()) {
            verdicts.add("broken off");
        } else {
            verdicts.add(complete ? "complete, but told of an error" : "incomplete, and told so");
        }
        errors(client, server).forEach(cause -> verdicts.add(cause.getClass().getSimpleName()));
    }

    private boolean isLossAtEnd(End client, End server) {
        boolean closerFailed =
                Stream.of(client.record(), server.record()).anyMatch(record -> record.left && record.hasFailed());
        boolean killed = run.killed().stream().anyMatch(kill -> !kill.kind().isHarmless());
        return !plan.extended() && killed && !closerFailed;
    }

    private static String errors(End end) {
        return "the " + name(end) + " " + end.record().exceptions() + " close() " + end.record().closeFailure + " ";
    }

    private static Stream<Throwable> errors(End client, End server) {
        return Stream.of(client.record(), server.record())
                .flatMap(record -> Stream.concat(record.exceptions().stream(), Stream.ofNullable(record.closeFailure)));
    }
}
