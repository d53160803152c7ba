package dev.multipath.examples.tls;

import dev.multipath.examples.tls.UnusableFileException.Problem;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys, and says what is wrong with a file before any connection fails of it. */
public final class PemFiles {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private static final List<String> KEY_ALGORITHMS = List.of("RSA", "EC", "Ed25519");

    private PemFiles() {}

    /**
     * A certificate, with those that lead from it to an authority; or several to trust.
     *
     * @throws UnusableFileException if there is none in the file
     */
    public static X509Certificate[] certificates(File file) throws UnusableFileException {
        byte[] bytes = read(file);
        try {
            X509Certificate[] certificates =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(new ByteArrayInputStream(bytes))
                            .stream()
                            .map(X509Certificate.class::cast)
                            .toArray(X509Certificate[]::new);
            if (certificates.length > 0) {
                return certificates;
            }
        } catch (CertificateException e) {
            throw new UnusableFileException(file, Problem.NO_CERTIFICATE, e);
        }
        throw new UnusableFileException(file, Problem.NO_CERTIFICATE, null);
    }

    /**
     * The private key of a certificate.
     *
     * @throws UnusableFileException if there is none in the file, or another one
     */
    public static PrivateKey key(File file, X509Certificate certificate) throws UnusableFileException {
        PrivateKey key = key(file);
        try {
            if (isPair(key, certificate.getPublicKey())) {
                return key;
            }
        } catch (GeneralSecurityException e) {
            throw new UnusableFileException(file, Problem.OTHER_KEY, e);
        }
        throw new UnusableFileException(file, Problem.OTHER_KEY, null);
    }

    private static PrivateKey key(File file) throws UnusableFileException {
        String text = new String(read(file), StandardCharsets.ISO_8859_1);
        Matcher key = KEY.matcher(text);
        if (!key.find()) {
            Problem problem = text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
                    ? Problem.ENCRYPTED_KEY
                    : text.contains(" PRIVATE KEY-----") ? Problem.OLD_KEY : Problem.NO_KEY;
            throw new UnusableFileException(file, problem, null);
        }
        PKCS8EncodedKeySpec encoded;
        try {
            encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(key.group(1)));
        } catch (IllegalArgumentException e) {
            throw new UnusableFileException(file, Problem.NO_KEY, e);
        }
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (GeneralSecurityException e) {
                // Of another kind, then.
            }
        }
        throw new UnusableFileException(file, Problem.UNKNOWN_KEY, null);
    }

    private static boolean isPair(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> "EdDSA";
                };
        byte[] text = "whose key is it?".getBytes(StandardCharsets.US_ASCII);
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(publicKey);
        signature.update(text);
        return signature.verify(signed);
    }

    private static byte[] read(File file) throws UnusableFileException {
        try {
            return Files.readAllBytes(file.toPath());
        } catch (IOException e) {
            throw new UnusableFileException(file, Problem.UNREADABLE, e);
        }
    }
}
