/**
 * The wire: QUIC variable-length integers, the preface and the frames of a subflow, and the Netty handlers that turn
 * them into bytes and back; nothing here knows of sessions, schedulers or sockets.
 * Every other package of the project may import this one, and this one imports only Netty's buffers, codec base and
 * channel API.
 * Values are immutable and may be used on any thread (a {@link dev.multipath.codec.DataFrame} with the care that its
 * payload needs), while the decoder and the encoder belong to one channel and run on its event loop.
 * The serialized form of exceptions is no part of the API.
 *
 * @serial exclude
 */
package dev.multipath.codec;
