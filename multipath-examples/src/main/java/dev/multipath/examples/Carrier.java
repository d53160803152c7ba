package dev.multipath.examples;

import dev.multipath.quic.QuicTransport;
import dev.multipath.transport.SubflowTransport;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What carries subflows, as {@code --transport} names it. */
enum Carrier {
    TCP("tcp"),
    QUIC("quic"),
    PREFER_QUIC("prefer-quic");

    private final String word;

    Carrier(String word) {
        this.word = word;
    }

    /** The transport for it; with TCP, QUIC is for addresses that say so. */
    SubflowTransport of(QuicTransport quic, SubflowTransport tcp) {
        return switch (this) {
            case TCP -> quic.alongside(tcp);
            case QUIC -> quic;
            case PREFER_QUIC -> quic.preferredTo(tcp);
        };
    }

    @Override
    public String toString() {
        return word;
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<Carrier> {
        @Override
        public Carrier convert(String text) {
            for (Carrier carrier : values()) {
                if (carrier.word.equals(text)) {
                    return carrier;
                }
            }
            throw new TypeConversionException("'" + text + "' is not tcp, quic or prefer-quic");
        }
    }
}
