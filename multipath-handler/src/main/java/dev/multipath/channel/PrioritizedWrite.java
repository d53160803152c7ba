package dev.multipath.channel;

import dev.multipath.scheduler.Urgency;
import dev.multipath.session.Deadline;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufHolder;
import io.netty.buffer.DefaultByteBufHolder;
import java.time.Duration;
import java.util.Objects;

/**
 * Bytes for {@link MultipathChannel#write}, with what the application knows of them: how urgent they are, and how soon they have to
 * arrive. It is one stream still: nothing overtakes what was written before. Schedulers may heed it; the peer does not see it.
 */
public final class PrioritizedWrite extends DefaultByteBufHolder {

    private final Urgency urgency;
    private final long deadlineNanos;

    private PrioritizedWrite(ByteBuf content, Urgency urgency, long deadlineNanos) {
        super(content);
        this.urgency = Objects.requireNonNull(urgency, "urgency");
        this.deadlineNanos = deadlineNanos;
    }

    /**
     * {@return bytes of that urgency}
     *
     * @param content taken over
     * @param urgency how much it matters how soon they arrive
     */
    public static PrioritizedWrite of(ByteBuf content, Urgency urgency) {
        return new PrioritizedWrite(content, urgency, Deadline.NONE);
    }

    /**
     * {@return bytes that have to arrive within that time, from now on}
     *
     * @param content taken over
     * @param within positive
     * @throws IllegalArgumentException if it is not, or is above 100 years; the bytes stay the caller's
     */
    public static PrioritizedWrite within(ByteBuf content, Duration within) {
        return new PrioritizedWrite(content, Urgency.NORMAL, deadlineNanos(within));
    }

    private static long deadlineNanos(Duration within) {
        if (within.isNegative() || within.isZero() || within.toDays() > 36_500) {
            throw new IllegalArgumentException("a deadline must be in 1 ns..100 years, not " + within);
        }
        return SessionClock.nowNanos() + within.toNanos();
    }

    /** {@return how much it matters how soon they arrive} */
    public Urgency urgency() {
        return urgency;
    }

    /** When they have to have arrived, by {@link SessionClock}. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    @Override
    public PrioritizedWrite replace(ByteBuf content) {
        return new PrioritizedWrite(content, urgency, deadlineNanos);
    }

    @Override
    public PrioritizedWrite copy() {
        return (PrioritizedWrite) super.copy();
    }

    @Override
    public PrioritizedWrite duplicate() {
        return (PrioritizedWrite) super.duplicate();
    }

    @Override
    public PrioritizedWrite retainedDuplicate() {
        return (PrioritizedWrite) super.retainedDuplicate();
    }

    @Override
    public PrioritizedWrite retain() {
        super.retain();
        return this;
    }

    @Override
    public PrioritizedWrite retain(int increment) {
        super.retain(increment);
        return this;
    }

    @Override
    public PrioritizedWrite touch() {
        super.touch();
        return this;
    }

    @Override
    public PrioritizedWrite touch(Object hint) {
        super.touch(hint);
        return this;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PrioritizedWrite that
                && super.equals((ByteBufHolder) that)
                && urgency == that.urgency
                && deadlineNanos == that.deadlineNanos;
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
