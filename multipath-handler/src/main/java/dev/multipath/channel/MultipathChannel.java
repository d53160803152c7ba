package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.ResetFrame;
import dev.multipath.metrics.MultipathStats;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.scheduler.PathAttributes;
import dev.multipath.session.MultipathException;
import dev.multipath.session.Profile;
import dev.multipath.session.SessionClosedException;
import dev.multipath.session.SessionResetException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;

/**
 * One reliable, ordered byte stream over several paths, as a Netty channel. Used with a plain {@code Bootstrap}: {@code
 * .channel(MultipathChannel.class)} and {@code .connect(MultipathAddress.of(...))}; a {@link MultipathServerChannel}
 * or a {@link MultipathAcceptor} makes those of accepted sessions. Registers with any event loop.
 *
 * <p>Written messages are {@code ByteBuf}s, {@link PrioritizedWrite}s and {@code FileRegion}s. A write's promise succeeds when the session has taken
 * the bytes, as with TCP; {@code close()} completes when the peer has acknowledged all bytes taken and their end, or fails
 * with {@link SessionClosedException} after {@link MultipathChannelOption#LINGER}. Each direction can be ended by itself, as
 * with TCP (RFC 9293 section 3.6); to a peer of the base profile {@code shutdownOutput()} ends both, once it has everything.
 * {@link SubflowEvent}s tell of the paths, {@link MultipathSessionEvent}s when there is none. A stream that ends with
 * something missing makes a {@link MultipathException} go through the pipeline before the channel becomes inactive; only the
 * base protocol cannot tell the loss of all paths between two frames from the peer's end.
 *
 * <p>Methods may be called from any thread; the handlers run on the channel's event loop.
 */
public final class MultipathChannel extends AbstractSessionChannel {

    private final PathCommands pathCommands = new PathCommands(this, paths());

    /** An accepted session's; null on a client's channel. */
    private final AcceptedSubflows accepted;

    /** Makes a channel to be connected. */
    public MultipathChannel() {
        super(null, ChannelLife.State.OPEN);
        accepted = null;
    }

    /** Makes the channel of an accepted session; {@code parent} may be null. */
    MultipathChannel(SessionHost host, ServerChannel parent, ConnectionId connectionId, Path firstPath) {
        super(parent, ChannelLife.State.ACTIVE);
        paths().expect(firstPath);
        accepted = new AcceptedSubflows(this, host, connectionId);
    }

    @Override
    AcceptedSubflows accepted() {
        return accepted;
    }

    @Override
    void onLiveOption(ChannelOption<?> option, Object value) {
        if (option == MultipathChannelOption.SCHEDULER) {
            onSchedulerChosen();
            return;
        }
        inSession(() -> driver().links()
                .all()
                .forEach(link -> MultipathChannelConfig.setSubflowOption(link.channel(), option, value)));
    }

    /** Another scheduler may be wanted from now on, for a session that has begun. Any thread. */
    void onSchedulerChosen() {
        if (isRegistered()) {
            OwnerLoop.run(eventLoop(), () -> {
                if (driver() != null && isOpen()) {
                    driver().scheduler(multipathConfig()
                            .scheduler(side().options())
                            .get());
                }
            });
        }
    }

    // ---- what an application may ask; any thread

    /**
     * {@return the counters of all paths, and of the latest that are no more, up to 32 in all, as they are now; once the channel
     * is closed, as they were before} Any thread, at any time.
     */
    public MultipathStats stats() {
        return LiveSession.stats(live(), paths().stats());
    }

    /** {@return the session as it is now: its name, its profile, its subflows and its {@link #stats()}} Any thread, at any time. */
    public SessionSnapshot snapshot() {
        return SessionSnapshot.of(this, live());
    }

    /**
     * What is spoken with the peer: decided when a client connects, and by the first frame that a server gets. Any thread.
     *
     * @return the profile; undecided before
     */
    public Profile profile() {
        return decidedProfile();
    }

    /**
     * {@return the {@link MultipathServerChannel} that accepted the session; {@code null} on a client's, and if a {@link
     * MultipathAcceptor} did}
     */
    @Override
    public ServerChannel parent() {
        return (ServerChannel) super.parent();
    }

    /** {@return the local ends of the subflows, or of the last ones if there is none; {@code null} if there never was one} */
    @Override
    public MultipathAddress localAddress() {
        return paths().localAddress();
    }

    /** {@return the paths that have a subflow, or had the last ones if none has; {@code null} if none ever had} */
    @Override
    public MultipathAddress remoteAddress() {
        return paths().remoteAddress();
    }

    // ---- paths at run time; any thread

    /** {@return the subflows that there are now; a snapshot, any thread} */
    public List<SubflowInfo> subflows() {
        return paths().subflows();
    }

    /**
     * A client: adds a path. It is dialled, and dialled again when it is lost, as those of the address are that the channel
     * was connected to. The session's new subflow is what RFC 8684 section 3.2 calls a join. Any thread.
     *
     * @param path not one that there is
     * @return succeeds when the path has a subflow; fails, and leaves nothing behind, if the first attempt does (with its
     *     cause), with {@link IllegalArgumentException} if the path is there already, with {@link
     *     UnsupportedOperationException} on an accepted session, with {@code NotYetConnectedException} or {@code
     *     ClosedChannelException} if the channel is not active, or its session is over
     */
    public ChannelFuture addPath(Path path) {
        return pathCommands.add(path);
    }

    /**
     * A client: removes a path, and tells the server. What its subflow carried goes over others; the session lives on, even
     * without any: for {@link MultipathChannelOption#RESUMPTION_TIMEOUT}, until {@link #addPath} gives it one again. Where it
     * cannot, in the base profile or with no such time at one of the ends, a subflow that is the only one to deliver stays until
     * another does; but its path is not dialled again. Any thread.
     *
     * @param path one of those that the channel was connected to, that were added, or that were dialled since the server
     *     announced them
     * @return succeeds at once; fails with {@link IllegalArgumentException} if there is no such path, else as {@link #addPath}
     */
    public ChannelFuture removePath(Path path) {
        return pathCommands.remove(path);
    }

    /**
     * Makes the subflows of a path a backup, over which data go only while no other delivers, or takes that back: {@code
     * MP_PRIO} of RFC 8684 section 3.3.8. Both ends follow it. A path that is lost and dialled again is no
     * backup; one whose attributes call it a backup always is one. Any thread.
     *
     * @param path a path as {@link #subflows()} has it, a client's or an accepted session's
     * @param backup whether it is one from now on
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} if the path has no
     *     subflow, with {@link IllegalStateException} if the peer speaks the base profile, with {@code
     *     NotYetConnectedException} or {@code ClosedChannelException} if the channel is not active
     */
    public ChannelFuture setBackup(Path path, boolean backup) {
        return pathCommands.setBackup(path, backup);
    }

    /**
     * Says what this end wants of a path from now on, and of all subflows that it will have: a cap of its rate, a quota, its cost, its
     * weight, and whether it is a backup, of which the peer is told (not one of the base profile, which knows none). What was used of
     * a quota counts on. Any thread.
     *
     * @param path one that has a subflow, or that a client keeps supplied
     * @param attributes all of them
     * @return succeeds when the session goes by them; fails with {@link IllegalArgumentException} if there is no such path, with {@code
     *     NotYetConnectedException} or {@code ClosedChannelException} if the channel is not active
     */
    public ChannelFuture setPathAttributes(Path path, PathAttributes attributes) {
        return pathCommands.setAttributes(path, Objects.requireNonNull(attributes, "attributes"));
    }

    /**
     * Tells the peer that this end can be reached there too: {@code ADD_ADDR} of RFC 8684 section 3.4.1. Without effect on a
     * peer of the base profile, or if it was told already. Any thread.
     *
     * @param address resolved, and one that can be of use to this peer: {@link dev.multipath.path.AddressScope#isOfUse}
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} for any other address,
     *     with {@code NotYetConnectedException} or {@code
     *     ClosedChannelException} if the channel is not active
     */
    public ChannelFuture announceAddress(InetSocketAddress address) {
        return pathCommands.announce(address);
    }

    /**
     * Tells the peer that this end can no longer be reached there: {@code REMOVE_ADDR} of RFC 8684 section 3.4.2. Subflows
     * that a client has dialled because of the announcement are closed by it, as soon as it has another that delivers. Any thread.
     *
     * @param address one that was announced, by {@link #announceAddress} or {@link MultipathChannelOption#ANNOUNCED_ADDRESSES}
     * @return succeeds when the peer is going to be told; fails with {@link IllegalArgumentException} if the address was not
     *     announced, else as {@link #announceAddress}
     */
    public ChannelFuture withdrawAddress(InetSocketAddress address) {
        return pathCommands.withdraw(address);
    }

    /**
     * Gives the session up: what the peer has not read is lost, and it is told why ({@link SessionResetException}), as by the
     * fast close of RFC 8684 section 3.5; one of the base profile sees its connections reset. Then the channel closes.
     * Any thread.
     *
     * @param code from {@link ResetFrame#FIRST_APPLICATION_CODE} on
     * @param reason for people, at most {@link ResetFrame#MAX_REASON_BYTES} in UTF-8, may be empty
     * @return the channel's {@link #closeFuture()}
     * @throws IllegalArgumentException if code or reason are not like that
     * @throws IllegalStateException if the channel was never registered, as from any operation of Netty's
     */
    public ChannelFuture abort(long code, String reason) {
        ResetFrame reset = new ResetFrame(code, reason);
        if (code < ResetFrame.FIRST_APPLICATION_CODE) {
            throw new IllegalArgumentException(
                    "code " + code + " is below the application's, " + ResetFrame.FIRST_APPLICATION_CODE);
        }
        OwnerLoop.run(eventLoop(), () -> {
            if (driver() != null && isOpen()) {
                driver().abort(reset.code(), reset.reason());
            }
            closeItself();
        });
        return closeFuture();
    }
}
