package dev.multipath.channel;

import dev.multipath.codec.MultipathMessage;
import dev.multipath.path.Path;
import io.netty.channel.local.LocalAddress;
import java.util.Collections;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * A subflow's loop hands batches over that pile up, so that it is not read, while the session's loop takes them. However they
 * meet: all batches arrive, and in the end the subflow is read again.
 */
@JCStressTest
@Outcome(id = "2, true", expect = Expect.ACCEPTABLE, desc = "all have come, and it is read")
@Outcome(id = ".*, false", expect = Expect.FORBIDDEN, desc = "nobody reads the subflow any more")
@Outcome(expect = Expect.FORBIDDEN, desc = "a batch is lost")
@State
public class InboundBatchesTest {

    /** More than may wait. */
    private static final List<MultipathMessage> BATCH = Collections.nCopies(300, null);

    private static final Path PATH = Path.of(new LocalAddress("peer"));

    private final Stubs.Loop sessionLoop = new Stubs.Loop();
    private final Stubs.Reading reading = new Stubs.Reading(new Stubs.Loop());
    private int batches;

    private final SubflowLink link = new SubflowLink(
            Stubs.proxy(SubflowOwner.class, (self, method, arguments) -> switch (method.getName()) {
                case "eventLoop" -> sessionLoop.eventLoop;
                case "onBatch" -> {
                    batches++;
                    yield null;
                }
                default -> throw new UnsupportedOperationException(method.toString());
            }),
            reading.connection,
            PATH,
            null);

    /** One waits already. */
    public InboundBatchesTest() {
        link.crossInbound(BATCH);
    }

    /** The subflow's loop. */
    @Actor
    public void cross() {
        link.crossInbound(BATCH);
    }

    /** The session's. */
    @Actor
    public void take() {
        sessionLoop.run();
    }

    /** And what has come since. */
    @Arbiter
    public void settle(IZ_Result result) {
        sessionLoop.run();
        result.r1 = batches;
        result.r2 = reading.isOn();
    }
}
