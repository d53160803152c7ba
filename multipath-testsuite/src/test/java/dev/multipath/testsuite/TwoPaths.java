package dev.multipath.testsuite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Bootstraps that know two paths to what a test of Netty's names by host and port. */
final class TwoPaths {

    private TwoPaths() {}

    static final class Server extends ServerBootstrap {

        private final Subflows subflows;

        Server(Subflows subflows) {
            this.subflows = subflows;
        }

        @Override
        public ServerBootstrap childHandler(ChannelHandler handler) {
            return super.childHandler(SocketView.of(handler));
        }

        /** Netty's tests only bind to any port of the loopback interface. */
        @Override
        public ChannelFuture bind(InetAddress host, int port) {
            if (!host.equals(NetUtil.LOCALHOST) || port != 0) {
                throw new IllegalArgumentException(host + ":" + port);
            }
            return bind(subflows.newAddress());
        }
    }

    static final class Client extends Bootstrap {

        private final Subflows subflows;

        Client(Subflows subflows) {
            this.subflows = subflows;
        }

        @Override
        public Bootstrap handler(ChannelHandler handler) {
            return super.handler(SocketView.of(handler));
        }

        @Override
        public ChannelFuture connect(InetAddress host, int port) {
            return connect(subflows.address(host, port));
        }

        @Override
        public ChannelFuture connect(String host, int port) {
            try {
                return connect(InetAddress.getByName(host), port);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }
    }
}
