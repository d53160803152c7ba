/** The wire: QUIC varints, frames, preface, and their Netty decoder and encoder. */
module dev.multipath.codec {
    requires transitive io.netty.buffer;
    requires transitive io.netty.codec;
    requires transitive io.netty.transport;
    requires io.netty.common;

    exports dev.multipath.codec;
}
