package dev.multipath.examples.tls;

import java.io.File;
import java.io.IOException;

/** A file on the command line that nothing can come of; the message says which, and why. */
public final class UnusableFileException extends IOException {

    /** What is wrong with a file. */
    public enum Problem {
        /** It is not there, or may not be read. */
        UNREADABLE("cannot be read"),
        /** It is something else, or not there. */
        NO_DIRECTORY("is no directory"),
        /** Something else than a certificate is in it. */
        NO_CERTIFICATE("has no certificate in PEM (-----BEGIN CERTIFICATE-----)"),
        /** Something else than a private key is in it. */
        NO_KEY("has no private key in PEM (-----BEGIN PRIVATE KEY-----)"),
        /** The key is in the form that OpenSSL wrote before 2010. */
        OLD_KEY("has a private key in an older form; 'openssl pkcs8 -topk8 -nodes -in FILE' makes a new one of it"),
        /** Nobody is asked for passwords here. */
        ENCRYPTED_KEY("has an encrypted private key; 'openssl pkcs8 -in FILE' makes a plain one of it"),
        /** No algorithm of this JVM's knows it. */
        UNKNOWN_KEY("has a private key of an unknown kind (known: RSA, EC, Ed25519)"),
        /** The key is not that of the certificate. */
        OTHER_KEY("has a private key that is not the certificate's"),
        /** Too short to be random, or far too long. */
        NO_SECRET("has no shared secret, which is 16 to 4096 random bytes; 'openssl rand -base64 32' makes one");

        private final String words;

        Problem(String words) {
            this.words = words;
        }
    }

    private final transient File file;
    private final Problem problem;

    /**
     * For whoever has read it.
     *
     * @param cause why it could not be read, or null
     */
    public UnusableFileException(File file, Problem problem, Throwable cause) {
        super(file + " " + problem.words + (problem == Problem.UNREADABLE ? ": " + reason(cause) : ""), cause);
        this.file = file;
        this.problem = problem;
    }

    /** The JDK's messages are mostly the file's name alone. */
    private static String reason(Throwable cause) {
        return switch (cause.getClass().getSimpleName()) {
            case "NoSuchFileException" -> "no such file";
            case "AccessDeniedException" -> "permission denied";
            default -> String.valueOf(cause.getMessage());
        };
    }

    /** Which file. */
    public File file() {
        return file;
    }

    /** What is wrong with it. */
    public Problem problem() {
        return problem;
    }
}
