package dev.multipath.benchmarks.paths;

import dev.multipath.channel.MultipathChannelOption;
import dev.multipath.congestion.BandwidthDelayControl;
import dev.multipath.congestion.Bottlenecks;
import dev.multipath.congestion.CongestionControl;
import dev.multipath.congestion.Coupling;
import java.util.function.Supplier;

/** Which subflows of a session take no more than one connection would: {@link MultipathChannelOption#CONGESTION_CONTROL}. */
enum Coupled {
    NONE {
        @Override
        Supplier<CongestionControl> policies() {
            return BandwidthDelayControl::new;
        }
    },
    /** Those that are found to wait in one queue. */
    FOUND {
        @Override
        Supplier<CongestionControl> policies() {
            return Bottlenecks.coupling();
        }
    },
    ALL {
        @Override
        Supplier<CongestionControl> policies() {
            return Coupling.ofPaths();
        }
    };

    abstract Supplier<CongestionControl> policies();
}
