package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import java.util.Map;

/**
 * What the channel of a subflow gets before it is used.
 *
 * @param options of the channel that is dialled or listened with; what a listener accepts inherits them, as far as its kind
 *     does that
 * @param initializer prepares the pipeline of each subflow, dialled or accepted
 */
public record SubflowSetup(Map<ChannelOption<?>, Object> options, Initializer initializer) {

    /** Prepares a subflow's channel. */
    @FunctionalInterface
    public interface Initializer {

        /**
         * Called on the subflow's event loop, once, before anything is read.
         *
         * @param subflow registered, but not active yet if it is dialled
         * @throws Exception if the subflow is not to be used
         */
        void initialize(Channel subflow) throws Exception;
    }

    /**
     * Keeps a copy of the options.
     *
     * @param options not null
     * @param initializer not null
     */
    public SubflowSetup {
        options = Map.copyOf(options);
    }

    /**
     * The same, behind something else: the handlers of a transport stand nearer to the network than those that it is given.
     *
     * @param first called before the initializer
     * @return another setup; this one is as before
     */
    public SubflowSetup behind(Initializer first) {
        return new SubflowSetup(options, subflow -> {
            first.initialize(subflow);
            initializer.initialize(subflow);
        });
    }
}
