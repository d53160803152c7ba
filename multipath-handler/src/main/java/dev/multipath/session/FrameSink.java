package dev.multipath.session;

import dev.multipath.codec.Frame;

/** Where {@link MultipathSession#transmit} puts the frames that are to leave. */
@FunctionalInterface
public interface FrameSink {

    /**
     * Takes one frame.
     *
     * @param subflow the subflow that carries it
     * @param frame now owned by the sink
     * @return whether the subflow's channel can take more
     */
    boolean write(Subflow subflow, Frame frame);
}
