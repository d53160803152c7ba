package dev.multipath.quic;

import dev.multipath.metrics.TransportStats;
import dev.multipath.transport.SubflowAddresses;
import dev.multipath.transport.SubflowResources;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** QUIC and another transport, each for some subflows; whose one is, its channel tells. */
final class QuicAlongside implements SubflowTransport {

    /** What a client dials an address by that does not say so itself. */
    enum Preference {
        BY_ADDRESS,
        QUIC
    }

    /** A port that is free for TCP is so for UDP too, as a rule. */
    private static final int MAX_PORTS_TRIED = 8;

    private final QuicSubflows quic;
    private final SubflowTransport other;
    private final Preference preference;
    private final UdpMemory memory = new UdpMemory(System::nanoTime);

    QuicAlongside(QuicSubflows quic, SubflowTransport other, Preference preference) {
        this.quic = quic;
        this.other = other;
        this.preference = preference;
    }

    private SubflowTransport of(Channel subflow) {
        return subflow instanceof QuicSubflowChannel ? quic : other;
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return remote instanceof QuicAddress ? session : other.eventLoop(session, remote);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        if (remote instanceof QuicAddress) {
            return quic.dial(eventLoop, remote, local, setup);
        }
        boolean raced = preference == Preference.QUIC && (local == null || local instanceof InetSocketAddress);
        if (raced && remote instanceof InetSocketAddress inet) {
            UdpMemory.Network network = UdpMemory.Network.of(local, inet);
            if (!memory.isBlocked(network)) {
                return new QuicRace(eventLoop, setup, memory, network)
                        .run(
                                candidate ->
                                        quic.dial(eventLoop, remote, local, candidate, QuicDialer.Readiness.CONFIRMED),
                                candidate -> other.dial(eventLoop, remote, local, candidate));
            }
        }
        return other.dial(eventLoop, remote, local, setup);
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        if (local instanceof QuicAddress) {
            return quic.listen(eventLoop, local, setup);
        }
        if (local instanceof InetSocketAddress inet) {
            Promise<Channel> listening = eventLoop.newPromise();
            listenForBoth(eventLoop, inet, setup, MAX_PORTS_TRIED, listening);
            return listening;
        }
        return other.listen(eventLoop, local, setup);
    }

    private void listenForBoth(
            EventLoop eventLoop, InetSocketAddress local, SubflowSetup setup, int tries, Promise<Channel> listening) {
        Future<Channel> first = other.listen(eventLoop, local, setup);
        listening.addListener(done -> first.cancel(false));
        first.addListener(done -> {
            if (!first.isSuccess()) {
                listening.tryFailure(first.cause());
                return;
            }
            Channel listener = first.getNow();
            closeUnless(listening, listener);
            Future<Channel> second = quic.listen(eventLoop, listener.localAddress(), setup, listener);
            listening.addListener(given -> second.cancel(false));
            second.addListener(bound -> {
                if (second.isSuccess()) {
                    Channel beside = second.getNow();
                    listener.closeFuture().addListener(closed -> beside.close());
                    if (!listening.trySuccess(listener)) {
                        listener.close();
                    }
                } else if (local.getPort() == 0 && tries > 1 && !listening.isDone()) {
                    listener.close()
                            .addListener(closed -> listenForBoth(eventLoop, local, setup, tries - 1, listening));
                } else {
                    listening.tryFailure(second.cause());
                }
            });
        });
    }

    private static void closeUnless(Future<Channel> wanted, Channel listener) {
        wanted.addListener(done -> {
            if (!wanted.isSuccess()) {
                listener.close();
            }
        });
    }

    @Override
    public SubflowAddresses addresses(Channel subflow) {
        return of(subflow).addresses(subflow);
    }

    @Override
    public boolean canMove(Channel subflow, EventLoop target) {
        return of(subflow).canMove(subflow, target);
    }

    @Override
    public void end(Channel subflow) {
        of(subflow).end(subflow);
    }

    @Override
    public void reset(Channel subflow, long code) {
        of(subflow).reset(subflow, code);
    }

    @Override
    public void resetOnClose(Channel subflow, boolean cut) {
        of(subflow).resetOnClose(subflow, cut);
    }

    @Override
    public TransportStats stats(Channel subflow) {
        return of(subflow).stats(subflow);
    }

    @Override
    public SubflowResources resources(Channel subflow) {
        return of(subflow).resources(subflow);
    }
}
