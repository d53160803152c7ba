package dev.multipath.channel;

import io.netty.channel.ChannelOption;

/** Options as they are set now, or their defaults. Thread-safe. */
interface OptionValues {

    /** The value of one of the {@link MultipathChannelOption}s. */
    <T> T get(ChannelOption<T> option);
}
