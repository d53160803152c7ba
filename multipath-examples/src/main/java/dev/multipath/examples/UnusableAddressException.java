package dev.multipath.examples;

import java.io.IOException;

/** An address on the command line that nothing can come of: found out at the start, and as wrong as any other usage. */
final class UnusableAddressException extends IOException {
    UnusableAddressException(String message) {
        super(message);
    }
}
