package dev.multipath;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.codec.OpaqueBytes;
import dev.multipath.session.MultipathSession;
import dev.multipath.testing.Requirement;
import java.net.URL;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Where keys and nonces come from, and how they and macs are compared: what no test of the behaviour could tell. */
class SecretsTest {

    /** Of its room alone. */
    private static final String SESSION_MAKER = "dev.multipath.channel.AbstractSessionChannel";

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        // Of main code alone: tests draw from what repeats itself.
        classes = new ClassFileImporter()
                .importUrls(List.of(location(OpaqueBytes.class), location(MultipathChannel.class)));
    }

    private static URL location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    /** A session draws them from what its maker gives it. */
    @Requirement({"HELLO-3", "JOIN-4"})
    @Test
    void shouldDrawKeysAndNoncesFromACryptographicGenerator() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(SESSION_MAKER)
                .should()
                .callConstructorWhere(DescribedPredicate.describe(
                        "a session is made", call -> call.getTargetOwner().isEquivalentTo(MultipathSession.class)))
                .check(classes);
        classes()
                .that()
                .haveFullyQualifiedName(SESSION_MAKER)
                .should()
                .dependOnClassesThat()
                .areAssignableTo(SecureRandom.class)
                .check(classes);
        noClasses()
                .that()
                .haveFullyQualifiedName(SESSION_MAKER)
                .should()
                .dependOnClassesThat()
                .belongToAnyOf(Random.class, SplittableRandom.class, ThreadLocalRandom.class)
                .check(classes);
    }

    /** They are {@link OpaqueBytes} wherever they are. */
    @Requirement("JOIN-5")
    @Test
    void shouldCompareSecretsInConstantTime() {
        classes()
                .that()
                .belongToAnyOf(OpaqueBytes.class)
                .should()
                .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
                .check(classes);
        noClasses()
                .that()
                .resideInAnyPackage("dev.multipath.session..", "dev.multipath.codec..")
                .should()
                .callMethodWhere(
                        DescribedPredicate.describe("bytes are compared otherwise", SecretsTest::comparesBytes))
                .check(classes);
    }

    private static boolean comparesBytes(JavaCall<?> call) {
        return call.getTargetOwner().isEquivalentTo(Arrays.class)
                && (call.getName().equals("equals")
                        || call.getName().equals("mismatch")
                        || call.getName().equals("compare"))
                && call.getTarget().getRawParameterTypes().get(0).isEquivalentTo(byte[].class);
    }
}
