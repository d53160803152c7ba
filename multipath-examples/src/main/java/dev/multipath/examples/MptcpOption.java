package dev.multipath.examples;

import dev.multipath.transport.mptcp.MptcpMode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Whether the connections of {@code listen} and {@code connect} are the kernel's Multipath TCP. */
final class MptcpOption {
    @Option(
            names = "--mptcp",
            paramLabel = "off|auto|require",
            defaultValue = "off",
            converter = ModeConverter.class,
            completionCandidates = Words.class,
            description =
                    "Make each connection one of the kernel's Multipath TCP: if that is available (auto), or fail "
                            + "(require; default: ${DEFAULT-VALUE}).")
    private MptcpMode mode = MptcpMode.OFF;

    MptcpMode mode() {
        return mode;
    }

    /** For completion, which would else have the constants' names. */
    private static final class Words extends ArrayList<String> {
        Words() {
            super(List.of("off", "auto", "require"));
        }
    }

    private static final class ModeConverter implements ITypeConverter<MptcpMode> {
        @Override
        public MptcpMode convert(String word) {
            return switch (word) {
                case "off" -> MptcpMode.OFF;
                case "auto" -> MptcpMode.IF_AVAILABLE;
                case "require" -> MptcpMode.REQUIRED;
                default -> throw new TypeConversionException("'" + word + "' is not off, auto or require");
            };
        }
    }
}
