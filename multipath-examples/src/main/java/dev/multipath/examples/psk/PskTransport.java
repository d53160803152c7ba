package dev.multipath.examples.psk;

import dev.multipath.transport.SubflowAddresses;
import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportStats;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.RejectedExecutionException;
import org.bouncycastle.tls.crypto.TlsCrypto;
import org.bouncycastle.tls.crypto.impl.jcajce.JcaTlsCryptoProvider;

/** A shared secret on each subflow of another transport. */
public final class PskTransport implements SubflowTransport {
    private final SubflowTransport base;
    private final SharedSecret secret;

    /** Of the JDK's ciphers, which use what the processor has for them. */
    private final TlsCrypto crypto = new JcaTlsCryptoProvider().create(new SecureRandom());

    /** Both ends need the same secret. */
    public PskTransport(SubflowTransport base, SharedSecret secret) {
        this.base = base;
        this.secret = secret;
    }

    @Override
    public EventLoop eventLoop(EventLoop session, SocketAddress remote) {
        return base.eventLoop(session, remote);
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        SubflowSetup protectedSetup = setup.behind(
                subflow -> subflow.pipeline().addLast(new PskHandler(() -> PskPeer.connect(crypto, secret))));
        return SubflowBootstrap.withHandshake(
                base.dial(eventLoop, remote, local, protectedSetup),
                eventLoop,
                subflow -> subflow.pipeline().get(PskHandler.class).ready());
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return base.listen(eventLoop, local, setup.behind(subflow -> subflow.pipeline()
                .addLast(new PskHandler(() -> PskPeer.accept(crypto, secret)))));
    }

    @Override
    public SubflowAddresses addresses(Channel subflow) {
        return base.addresses(subflow);
    }

    @Override
    public boolean canMove(Channel subflow, EventLoop target) {
        return base.canMove(subflow, target);
    }

    @Override
    public void end(Channel subflow) {
        try {
            subflow.eventLoop().execute(() -> {
                ChannelHandlerContext ctx = subflow.pipeline().context(PskHandler.class);
                if (ctx != null) {
                    ((PskHandler) ctx.handler()).endOutput(ctx);
                }
                base.end(subflow);
            });
        } catch (RejectedExecutionException e) {
            base.end(subflow);
        }
    }

    @Override
    public void reset(Channel subflow) {
        base.reset(subflow);
    }

    @Override
    public void resetOnClose(Channel subflow, boolean cut) {
        base.resetOnClose(subflow, cut);
    }

    @Override
    public TransportStats stats(Channel subflow) {
        return base.stats(subflow);
    }
}
