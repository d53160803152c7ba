/** The session core, the schedulers, the subflow handlers and the virtual multipath channels. */
module dev.multipath.handler {
    requires transitive dev.multipath.codec;
    requires transitive io.netty.handler;
    requires transitive io.netty.common;

    // What a class path may be without.
    requires static io.netty.transport.unix.common;
    requires static io.netty.transport.classes.epoll;
    requires static io.netty.transport.classes.io_uring;
    requires static io.netty.transport.classes.kqueue;
    requires static io.netty.codec.http;
    requires static micrometer.core;

    exports dev.multipath.admission;
    exports dev.multipath.channel;
    exports dev.multipath.congestion;
    exports dev.multipath.dashboard;
    exports dev.multipath.metrics;
    exports dev.multipath.micrometer;
    exports dev.multipath.path;
    exports dev.multipath.scheduler;
    exports dev.multipath.session;
    exports dev.multipath.transport;
    exports dev.multipath.transport.mptcp;
    exports dev.multipath.transport.websocket;
}
