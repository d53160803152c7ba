/** Subflows over QUIC. */
module dev.multipath.quic {
    requires transitive dev.multipath.handler;
    requires transitive io.netty.codec.classes.quic;

    // What a class path may be without.
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.classes.io_uring;
    requires static io.netty.transport.classes.kqueue;

    exports dev.multipath.quic;
}
