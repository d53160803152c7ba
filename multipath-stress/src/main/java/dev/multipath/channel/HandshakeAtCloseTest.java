package dev.multipath.channel;

import dev.multipath.admission.Place;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A connection comes to a server that closes: it is refused or cancelled, or both; never forgotten. */
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "let in, and cancelled")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "both at once")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "it lives on at a server that is closed")
@State
public class HandshakeAtCloseTest {

    private final SessionRegistry registry = new SessionRegistry(Stubs.DEFAULT_OPTIONS);
    private final Place place = new Place("source", why -> {});
    private volatile boolean cancelled;

    private final Arrival arrival = Stubs.proxy(Arrival.class, (self, method, arguments) -> switch (method.getName()) {
        case "place" -> place;
        case "cancel" -> {
            cancelled = true;
            yield null;
        }
        case "hashCode" -> System.identityHashCode(self);
        case "equals" -> self == arguments[0];
        default -> throw new UnsupportedOperationException(method.toString());
    });

    /** The listener's loop. */
    @Actor
    public void come(ZZ_Result result) {
        result.r1 = registry.beginHandshake(arrival) != null;
    }

    /** The server channel's. */
    @Actor
    public void close() {
        registry.close();
    }

    /** Who was cancelled may have been refused meanwhile. */
    @Arbiter
    public void settle(ZZ_Result result) {
        result.r2 = cancelled;
    }
}
