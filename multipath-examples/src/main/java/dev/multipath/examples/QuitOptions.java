package dev.multipath.examples;

import java.time.Duration;
import picocli.CommandLine.Option;

/** When {@code listen} and {@code connect} end a session that has no more input. */
final class QuitOptions {
    @Option(
            names = {"-q", "--quit-after"},
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description =
                    "After the end of standard input, close once the peer has been quiet for this long, if it is one that cannot "
                            + "be told of that end (Go's; with 0, any peer); 'never' waits for the peer to close (default: 1s of "
                            + "connect, never of listen).")
    private Duration quietLimit;

    /** How long the peer must have been quiet. */
    Duration quietLimitOr(Duration defaultLimit) {
        return quietLimit == null ? defaultLimit : quietLimit;
    }
}
