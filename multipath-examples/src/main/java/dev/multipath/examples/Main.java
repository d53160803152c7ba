package dev.multipath.examples;

/** Entry point of {@code multipath.jar}. */
public final class Main {
    private Main() {}

    /** Runs one command. */
    public static void main(String[] args) {}
}
