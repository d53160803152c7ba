package dev.multipath.path;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Ticker;

/** What an executor's timers go by: who measures beside them has no other clock, in tests of virtual time neither. */
final class Tickers {

    private Tickers() {}

    static Ticker of(EventExecutor executor) {
        return executor instanceof AbstractScheduledEventExecutor timed ? timed.ticker() : Ticker.systemTicker();
    }
}
