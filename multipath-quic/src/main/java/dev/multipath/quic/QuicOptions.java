package dev.multipath.quic;

import io.netty.handler.codec.quic.QuicCodecBuilder;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What QUIC connections are like, for {@link QuicTransport#withOptions}. Immutable; {@link #DEFAULT}, and copies of it with
 * something changed.
 *
 * @param congestionControl what may be in flight in the network
 * @param initialWindowPackets how many packets may leave before the first acknowledgement
 * @param flowControlBytes how much the peer may send that is not read yet, at first; it grows to 16 MiB where the path's
 *     bandwidth and delay ask for it. It grows from 32 KiB whatever it is at first, and only when that is used up: with more, a
 *     stream crawls there on a path with a long delay
 * @param maxUdpPayloadBytes the largest packet that is sent or taken
 * @param segments how many packets are given to the kernel at a time, and taken from it, where it knows that (epoll: {@code
 *     UDP_SEGMENT}, {@code recvmmsg}); 1 for one at a time
 * @param socketBufferBytes asked for the sockets' buffers; the kernel may give less ({@code net.core.rmem_max})
 * @param idleTimeout after what silence a connection is given up
 * @param maxConnections how many a listener has at most; beyond them, nobody is answered, whoever has the others. What a connection costs
 *     at rest, and what quiche may hold of what has come for nothing, counts in the server's memory budget, of which all may cost half at rest
 */
public record QuicOptions(
        QuicCongestionControlAlgorithm congestionControl,
        int initialWindowPackets,
        int flowControlBytes,
        int maxUdpPayloadBytes,
        int segments,
        int socketBufferBytes,
        Duration idleTimeout,
        int maxConnections) {

    /** RFC 9000 section 14: what every path has to carry. */
    private static final int MIN_UDP_PAYLOAD_BYTES = 1200;

    /** As much as an Ethernet frame takes beside the headers of IPv6 and UDP. */
    private static final int MAX_UDP_PAYLOAD_BYTES = 1452;

    /** What the kernel takes as one: 64 segments, and 64 KiB with the headers. */
    private static final int MAX_SEGMENTS = 44;

    /**
     * The defaults: cubic, as a kernel's TCP; ten packets at first (RFC 9002 section 7.2); 32 KiB of flow control, from where
     * quiche's window doubles as the peer makes use of it; packets that fit into tunnels, too; 40 segments; 2 MiB for bursts; two minutes, since a session pings
     * its backups every 100 s; as many connections as there is memory for, where the least proven goes for the next.
     */
    public static final QuicOptions DEFAULT = new QuicOptions(
            QuicCongestionControlAlgorithm.CUBIC,
            10,
            32 << 10,
            1350,
            40,
            2 << 20,
            Duration.ofMinutes(2),
            Integer.MAX_VALUE);

    /**
     * Refuses what cannot work.
     *
     * @param congestionControl what may be in flight in the network
     * @param initialWindowPackets how many packets may leave before the first acknowledgement
     * @param flowControlBytes how much the peer may send that is not read yet, at first; it grows to 16 MiB where the path's
     *     bandwidth and delay ask for it. It grows from 32 KiB whatever it is at first, and only when that is used up: with more, a
     *     stream crawls there on a path with a long delay
     * @param maxUdpPayloadBytes the largest packet that is sent or taken
     * @param segments how many packets are given to the kernel at a time, and taken from it, where it knows that (epoll: {@code
     *     UDP_SEGMENT}, {@code recvmmsg}); 1 for one at a time
     * @param socketBufferBytes asked for the sockets' buffers; the kernel may give less ({@code net.core.rmem_max})
     * @param idleTimeout after what silence a connection is given up
     * @param maxConnections how many a listener has at most; beyond them, nobody is answered, whoever has the others. What a connection costs
     *     at rest, and what quiche may hold of what has come for nothing, counts in the server's memory budget, of which all may cost half at rest
     */
    public QuicOptions {
        Objects.requireNonNull(congestionControl, "congestionControl");
        Objects.requireNonNull(idleTimeout, "idleTimeout");
        require(initialWindowPackets > 0, "initialWindowPackets", initialWindowPackets, "1 or more");
        require(flowControlBytes >= 16 << 10, "flowControlBytes", flowControlBytes, "16 KiB or more");
        require(
                maxUdpPayloadBytes >= MIN_UDP_PAYLOAD_BYTES && maxUdpPayloadBytes <= MAX_UDP_PAYLOAD_BYTES,
                "maxUdpPayloadBytes",
                maxUdpPayloadBytes,
                MIN_UDP_PAYLOAD_BYTES + " to " + MAX_UDP_PAYLOAD_BYTES);
        require(segments >= 1 && segments <= MAX_SEGMENTS, "segments", segments, "1 to " + MAX_SEGMENTS);
        require(socketBufferBytes > 0, "socketBufferBytes", socketBufferBytes, "1 or more");
        require(maxConnections > 0, "maxConnections", maxConnections, "1 or more");
        if (idleTimeout.isNegative() || idleTimeout.isZero()) {
            throw new IllegalArgumentException("idleTimeout: " + idleTimeout + " (expected: more than nothing)");
        }
    }

    private static void require(boolean ok, String name, int value, String expected) {
        if (!ok) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + expected + ")");
        }
    }

    /**
     * With another congestion control: bbr for paths that lose packets without being full.
     *
     * @param algorithm not null
     * @return a changed copy
     */
    public QuicOptions withCongestionControl(QuicCongestionControlAlgorithm algorithm) {
        return new QuicOptions(
                algorithm,
                initialWindowPackets,
                flowControlBytes,
                maxUdpPayloadBytes,
                segments,
                socketBufferBytes,
                idleTimeout,
                maxConnections);
    }

    /**
     * With another initial window.
     *
     * @param packets how many
     * @return a changed copy
     */
    public QuicOptions withInitialWindowPackets(int packets) {
        return new QuicOptions(
                congestionControl,
                packets,
                flowControlBytes,
                maxUdpPayloadBytes,
                segments,
                socketBufferBytes,
                idleTimeout,
                maxConnections);
    }

    /**
     * With another flow control window at first.
     *
     * @param bytes how much
     * @return a changed copy
     */
    public QuicOptions withFlowControlBytes(int bytes) {
        return new QuicOptions(
                congestionControl,
                initialWindowPackets,
                bytes,
                maxUdpPayloadBytes,
                segments,
                socketBufferBytes,
                idleTimeout,
                maxConnections);
    }

    /**
     * With packets of another size.
     *
     * @param bytes 1200 to 1452
     * @return a changed copy
     */
    public QuicOptions withMaxUdpPayloadBytes(int bytes) {
        return new QuicOptions(
                congestionControl,
                initialWindowPackets,
                flowControlBytes,
                bytes,
                segments,
                socketBufferBytes,
                idleTimeout,
                maxConnections);
    }

    /**
     * With more or fewer packets at a time.
     *
     * @param packets 1 to 44
     * @return a changed copy
     */
    public QuicOptions withSegments(int packets) {
        return new QuicOptions(
                congestionControl,
                initialWindowPackets,
                flowControlBytes,
                maxUdpPayloadBytes,
                packets,
                socketBufferBytes,
                idleTimeout,
                maxConnections);
    }

    /**
     * With another limit for silence.
     *
     * @param timeout the shorter of both ends' counts
     * @return a changed copy
     */
    public QuicOptions withIdleTimeout(Duration timeout) {
        return new QuicOptions(
                congestionControl,
                initialWindowPackets,
                flowControlBytes,
                maxUdpPayloadBytes,
                segments,
                socketBufferBytes,
                timeout,
                maxConnections);
    }

    /**
     * With another limit for a listener's connections.
     *
     * @param connections how many
     * @return a changed copy
     */
    public QuicOptions withMaxConnections(int connections) {
        return new QuicOptions(
                congestionControl,
                initialWindowPackets,
                flowControlBytes,
                maxUdpPayloadBytes,
                segments,
                socketBufferBytes,
                idleTimeout,
                connections);
    }

    /** Has both ends' codecs be so. */
    <B extends QuicCodecBuilder<B>> B applyTo(QuicCodecBuilder<B> codec) {
        return codec.congestionControlAlgorithm(congestionControl)
                .initialCongestionWindowPackets(initialWindowPackets)
                .maxIdleTimeout(idleTimeout.toMillis(), TimeUnit.MILLISECONDS)
                .maxSendUdpPayloadSize(maxUdpPayloadBytes)
                .maxRecvUdpPayloadSize(maxUdpPayloadBytes)
                .initialMaxData(flowControlBytes)
                .initialMaxStreamDataBidirectionalLocal(flowControlBytes)
                .initialMaxStreamDataBidirectionalRemote(flowControlBytes);
    }
}
