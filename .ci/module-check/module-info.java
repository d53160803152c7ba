module dev.multipath.check {
    requires dev.multipath.handler;
    requires io.netty.codec.http;
}
