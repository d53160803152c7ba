package dev.multipath.channel;

import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;

/** The forms in which the directions of a channel can be ended, brought down to two methods on the event loop. */
abstract class AbstractDuplexChannel extends AbstractChannel implements DuplexChannel {

    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;

    AbstractDuplexChannel(Channel parent) {
        super(parent);
    }

    /** What comes from now on is thrown away. Not asked of an inactive channel. */
    abstract void endInput();

    /** Nothing is written any more; what was flushed is taken care of. Not asked of an inactive channel. */
    abstract void endOutput(ChannelPromise promise);

    /** Not by a word of the application. */
    void closeItself() {
        unsafe().close(unsafe().voidPromise());
    }

    void inputShutdown() {
        inputShutdown = true;
    }

    boolean discardsInput() {
        return inputShutdown;
    }

    void outputShutdown() {
        outputShutdown = true;
    }

    /** Whether it was called for, of a channel that may be inactive by now. */
    boolean isOutputShutdownAsked() {
        return outputShutdown;
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown || !isActive();
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown || !isActive();
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    /** What comes from now on is thrown away. The peer is not told. */
    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    /** As {@link #shutdownInput()}. */
    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return ChannelChange.of(this, promise, ending -> {
            inputShutdown = true;
            endInput();
            ending.trySuccess();
        });
    }

    /** Ends this end's stream behind everything that was flushed; done when the session has taken that over. */
    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    /** As {@link #shutdownOutput()}. */
    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        return ChannelChange.of(this, promise, this::endOutput);
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        shutdownOutput().addListener(output -> shutdownInput().addListener(input -> {
            Throwable cause = output.cause() != null ? output.cause() : input.cause();
            if (cause == null) {
                promise.trySuccess();
            } else {
                promise.tryFailure(cause);
            }
        }));
        return promise;
    }
}
