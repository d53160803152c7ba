package dev.multipath.examples.psk;

import dev.multipath.transport.SubflowBootstrap;
import dev.multipath.transport.SubflowSetup;
import dev.multipath.transport.SubflowTransport;
import dev.multipath.transport.TransportDecorator;
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
public final class PskTransport extends TransportDecorator {
    private final SharedSecret secret;

    /** Of the JDK's ciphers, which use what the processor has for them. */
    private final TlsCrypto crypto = new JcaTlsCryptoProvider().create(new SecureRandom());

    /** Both ends need the same secret. */
    public PskTransport(SubflowTransport base, SharedSecret secret) {
        super(base);
        this.secret = secret;
    }

    @Override
    public Future<Channel> dial(EventLoop eventLoop, SocketAddress remote, SocketAddress local, SubflowSetup setup) {
        SubflowSetup protectedSetup = setup.behind(
                subflow -> subflow.pipeline().addLast(new PskHandler(() -> PskPeer.connect(crypto, secret))));
        return SubflowBootstrap.withHandshake(
                super.dial(eventLoop, remote, local, protectedSetup),
                eventLoop,
                subflow -> subflow.pipeline().get(PskHandler.class).ready());
    }

    @Override
    public Future<Channel> listen(EventLoop eventLoop, SocketAddress local, SubflowSetup setup) {
        return super.listen(eventLoop, local, setup.behind(subflow -> subflow.pipeline()
                .addLast(new PskHandler(() -> PskPeer.accept(crypto, secret)))));
    }

    @Override
    public void end(Channel subflow) {
        try {
            subflow.eventLoop().execute(() -> {
                ChannelHandlerContext ctx = subflow.pipeline().context(PskHandler.class);
                if (ctx != null) {
                    ((PskHandler) ctx.handler()).endOutput(ctx);
                }
                super.end(subflow);
            });
        } catch (RejectedExecutionException e) {
            super.end(subflow);
        }
    }
}
