package dev.multipath.codec;

/** The peer's preface names a protocol version that is not spoken here. */
public final class UnexpectedVersionException extends MultipathProtocolException {
    private final int version;

    /**
     * Names the version.
     *
     * @param version what the peer sent
     */
    public UnexpectedVersionException(int version) {
        super("unexpected version " + version + " instead of " + Preface.VERSION + " (is that a multipath peer?)", 0);
        this.version = version;
    }

    /**
     * The version that the peer sent.
     *
     * @return 1 to 255
     */
    public int version() {
        return version;
    }
}
