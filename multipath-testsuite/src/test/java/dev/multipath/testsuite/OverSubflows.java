package dev.multipath.testsuite;

import dev.multipath.testsuite.OverSubflows.Available;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;
import org.junit.jupiter.params.support.AnnotationConsumer;
import org.junit.jupiter.params.support.ParameterDeclarations;

/**
 * Runs a test class of Netty's once for each kind of subflows that this system has. One that takes long may be dealt out to
 * several of ours, which the build runs beside each other, each over some.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedClass(name = "{0}")
@ArgumentsSource(Available.class)
@interface OverSubflows {

    Subflows[] value() default {Subflows.NIO, Subflows.EPOLL, Subflows.LOCAL, Subflows.QUIC, Subflows.MPTCP};

    /** For JUnit. */
    final class Available implements ArgumentsProvider, AnnotationConsumer<OverSubflows> {

        private List<Subflows> over;

        @Override
        public void accept(OverSubflows annotation) {
            over = List.of(annotation.value());
        }

        @Override
        public Stream<? extends Arguments> provideArguments(
                ParameterDeclarations parameters, ExtensionContext context) {
            return over.stream().filter(Subflows::isAvailable).map(Arguments::of);
        }
    }
}
