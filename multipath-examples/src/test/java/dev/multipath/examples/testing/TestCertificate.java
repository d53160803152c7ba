package dev.multipath.examples.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
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

    /** For "localhost". */
    public static TestCertificate make() throws Exception {
        return make(List.of("localhost"));
    }

    /** For these names. */
    public static TestCertificate make(List<String> names) throws Exception {
        CertificateBuilder builder = new CertificateBuilder()
                .subject("CN=" + names.get(0))
                .setIsCertificateAuthority(true)
                .ecp256();
        names.forEach(builder::addSanDnsName);
        X509Bundle bundle = builder.buildSelfSigned();
        return new TestCertificate(bundle.getKeyPair().getPrivate(), bundle.getCertificate());
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
