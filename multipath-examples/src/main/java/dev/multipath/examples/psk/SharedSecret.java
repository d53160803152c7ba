package dev.multipath.examples.psk;

import dev.multipath.examples.tls.UnusableFileException;
import dev.multipath.examples.tls.UnusableFileException.Problem;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both ends of every subflow know, and nobody else. PROTOCOL.md tells how a key is made of it. */
public final class SharedSecret {
    private static final Logger LOGGER = LoggerFactory.getLogger(SharedSecret.class);

    /** Of random bytes these are the 128 bits that RFC 9257 section 6 asks for. */
    static final int MIN_BYTES = 16;

    /** More says nothing more, and is mistaken for something else. */
    static final int MAX_BYTES = 4096;

    private static final int KEY_BYTES = 32;
    private static final byte[] PURPOSE = "multipath/0 psk".getBytes(StandardCharsets.US_ASCII);

    private final byte[] key;

    private SharedSecret(byte[] key) {
        this.key = key;
    }

    /**
     * Makes it of any bytes.
     *
     * @throws IllegalArgumentException if they are too few, or too many
     */
    static SharedSecret of(byte[] secret) {
        if (secret.length < MIN_BYTES || secret.length > MAX_BYTES) {
            throw new IllegalArgumentException("a secret has " + MIN_BYTES + " to " + MAX_BYTES + " bytes");
        }
        HKDFBytesGenerator generator = new HKDFBytesGenerator(new SHA256Digest());
        generator.init(new HKDFParameters(secret, null, PURPOSE));
        byte[] key = new byte[KEY_BYTES];
        generator.generateBytes(key, 0, key.length);
        return new SharedSecret(key);
    }

    /**
     * Reads one: all of the file's bytes but line breaks at the end.
     *
     * @throws UnusableFileException if that cannot be one
     */
    public static SharedSecret read(File file) throws UnusableFileException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file.toPath())) {
            bytes = in.readNBytes(MAX_BYTES + 2);
        } catch (IOException e) {
            throw new UnusableFileException(file, Problem.UNREADABLE, e);
        }
        int length = bytes.length;
        while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
            length--;
        }
        try {
            SharedSecret secret = of(Arrays.copyOf(bytes, length));
            warnOfReaders(file);
            return secret;
        } catch (IllegalArgumentException e) {
            throw new UnusableFileException(file, Problem.NO_SECRET, null);
        }
    }

    /** Some ways to hand out secrets leave no choice, so it is a warning. */
    private static void warnOfReaders(File file) {
        try {
            if (Files.getPosixFilePermissions(file.toPath()).contains(PosixFilePermission.OTHERS_READ)) {
                LOGGER.warn("all users of this host can read the secret in {} ('chmod 600' helps)", file);
            }
        } catch (IOException | UnsupportedOperationException e) {
            LOGGER.debug("who can read {} is not known", file, e);
        }
    }

    /** The key of TLS; a copy. */
    byte[] key() {
        return key.clone();
    }
}
