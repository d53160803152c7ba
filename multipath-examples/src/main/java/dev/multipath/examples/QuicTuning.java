package dev.multipath.examples;

import dev.multipath.quic.QuicOptions;
import io.netty.handler.codec.quic.QuicCongestionControlAlgorithm;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What the QUIC connections of a command are like. */
final class QuicTuning {
    @Option(
            names = "--quic-cc",
            // No label that another option with words to choose from has: the completion script mixes them up.
            paramLabel = "ALGORITHM",
            converter = AlgorithmConverter.class,
            completionCandidates = AlgorithmWords.class,
            description = "QUIC's congestion control: cubic (the default), bbr, for paths that lose packets, or reno.")
    private QuicCongestionControlAlgorithm algorithm;

    @Option(
            names = "--quic-window",
            paramLabel = "PACKETS",
            description = "How many packets leave over QUIC before the first acknowledgement (default: 10).")
    private Integer windowPackets;

    @Option(
            names = "--quic-flow-control",
            paramLabel = "SIZE",
            converter = ByteSize.Converter.class,
            description =
                    "How much the peer may send over a QUIC path that is not read yet, at first (default: 32KiB).")
    private ByteSize flowControl;

    @Option(
            names = "--quic-gso",
            paramLabel = "PACKETS",
            description =
                    "How many packets of QUIC are given to the kernel at a time, with epoll (default: 40; 1: no GSO).")
    private Integer segments;

    /** For completion, which would else have the constants' names. */
    private static final class AlgorithmWords extends ArrayList<String> {
        AlgorithmWords() {
            super(List.of("cubic", "bbr", "reno"));
        }
    }

    private static final class AlgorithmConverter implements ITypeConverter<QuicCongestionControlAlgorithm> {
        @Override
        public QuicCongestionControlAlgorithm convert(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "cubic" -> QuicCongestionControlAlgorithm.CUBIC;
                case "bbr" -> QuicCongestionControlAlgorithm.BBR;
                case "reno" -> QuicCongestionControlAlgorithm.RENO;
                default -> throw new TypeConversionException("'" + text + "' is not cubic, bbr or reno");
            };
        }
    }

    /** Whether anything was asked for. */
    boolean isGiven() {
        return algorithm != null || windowPackets != null || flowControl != null || segments != null;
    }

    /**
     * What was asked for, and the rest as usual.
     *
     * @throws IllegalArgumentException if it cannot work
     */
    QuicOptions options() {
        QuicOptions options = QuicOptions.DEFAULT;
        if (algorithm != null) {
            options = options.withCongestionControl(algorithm);
        }
        if (windowPackets != null) {
            options = options.withInitialWindowPackets(windowPackets);
        }
        if (flowControl != null) {
            options = options.withFlowControlBytes((int) Math.min(Integer.MAX_VALUE, flowControl.bytes()));
        }
        if (segments != null) {
            options = options.withSegments(segments);
        }
        return options;
    }
}
