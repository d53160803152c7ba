package dev.multipath.channel;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/** Two loops tell what their sessions hold, and give it back: nothing is counted that nobody holds, or the other way round. */
@JCStressTest
@Outcome(id = "65536, 0", expect = Expect.ACCEPTABLE, desc = "what one of them still holds; and then nothing")
@Outcome(expect = Expect.FORBIDDEN, desc = "a change was lost")
@State
public class MemoryBudgetTest {

    private static final long BYTES = 64 << 10;

    private final MemoryBudget budget = MemoryBudget.ofBytes(64 << 20);

    /** Takes, and gives back. */
    @Actor
    public void one() {
        budget.change(BYTES, BYTES, 0);
        budget.change(-BYTES, -BYTES, 0);
    }

    /** Takes more and more. */
    @Actor
    public void other() {
        budget.change(BYTES / 2, BYTES, 0);
        budget.change(BYTES / 2, -BYTES, 0);
    }

    /** What is held, and what was promised beside it. */
    @Arbiter
    public void settle(JJ_Result result) {
        result.r1 = budget.usedBytes();
        result.r2 = budget.freeBytes() - budget.unpledgedBytes();
    }
}
