package dev.multipath.examples.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/**
 * A key pair and a certificate, signed by itself.
 *
 * @param key the private key
 * @param certificate what a client is to trust
 */
public record TestCertificate(PrivateKey key, X509Certificate certificate) {

    private static final String PASSWORD = "changeit";
    private static final String ALIAS = "server";

    /** For "localhost". */
    public static TestCertificate make(Path directory)
            throws IOException, InterruptedException, GeneralSecurityException {
        return make(directory, List.of("localhost"));
    }

    /** For these names. Java's own tool makes one on every JDK; its classes for that are not open to others. */
    public static TestCertificate make(Path directory, List<String> names)
            throws IOException, InterruptedException, GeneralSecurityException {
        Path file = directory.resolve("server.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + names.get(0),
                        "-ext",
                        "san=dns:" + String.join(",dns:", names),
                        "-validity",
                        "30",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        PASSWORD,
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream stored = Files.newInputStream(file)) {
            store.load(stored, PASSWORD.toCharArray());
        }
        return new TestCertificate((PrivateKey) store.getKey(ALIAS, PASSWORD.toCharArray()), (X509Certificate)
                store.getCertificate(ALIAS));
    }

    /** Writes the certificate to a PEM file. */
    public Path writeCertificate(Path file) throws IOException, GeneralSecurityException {
        return writePem(file, "CERTIFICATE", certificate.getEncoded());
    }

    /** Writes the private key to a PEM file. */
    public Path writeKey(Path file) throws IOException {
        return writePem(file, "PRIVATE KEY", key.getEncoded());
    }

    private static Path writePem(Path file, String kind, byte[] der) throws IOException {
        return Files.writeString(
                file,
                "-----BEGIN " + kind + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + kind
                        + "-----\n");
    }
}
