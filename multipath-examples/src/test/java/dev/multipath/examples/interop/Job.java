package dev.multipath.examples.interop;

/** What one end does in a transfer, as the Go peer's modes (its {@code main.go}) define it. */
enum Job {
    /** Sends the stream, awaits the receipt, closes. */
    SOURCE("source"),
    /** Reads the stream, sends the receipt, awaits the close. */
    SINK("sink"),
    /** As client: sends the stream and reads it back, closes. */
    ECHO_CLIENT("echo"),
    /** As server: sends back what comes, until the close. */
    ECHO_SERVER("echo");

    /** The receipt is a SHA-256. */
    static final int RECEIPT_BYTES = 32;

    private final String mode;

    Job(final String mode) {
        this.mode = mode;
    }

    /** The Go peer's {@code -mode}. */
    String mode() {
        return mode;
    }

    Job other() {
        return switch (this) {
            case SOURCE -> SINK;
            case SINK -> SOURCE;
            case ECHO_CLIENT -> ECHO_SERVER;
            case ECHO_SERVER -> ECHO_CLIENT;
        };
    }

    /** How many bytes the end must have sent once {@code received} bytes have reached it. */
    long owedBytes(final long streamBytes, final long received) {
        return switch (this) {
            case SOURCE, ECHO_CLIENT -> streamBytes;
            case SINK -> received < streamBytes ? 0 : RECEIPT_BYTES;
            case ECHO_SERVER -> received;
        };
    }
}
