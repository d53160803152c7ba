package dev.multipath.examples.stream;

/** Told of what broke a stream; any thread may call it, more than once. */
@FunctionalInterface
interface FailureListener {
    void failed(Throwable cause);
}
