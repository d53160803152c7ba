package dev.multipath.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * On a test with parameters that takes long, or a class of them: {@code mvn verify} runs it with one in so many sets of
 * parameters, spread so that each value of each is among them; {@code mvn verify -Pdeep}, which {@code .ci/run} does, with all.
 * The others are skipped, and say so. In a class that has parameters of its own, as Netty's tests over several transports, each
 * set is dealt to one of them, so that all sets run.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(OneInCondition.class)
public @interface OneIn {

    /** Of how many sets one runs. */
    int value();

    /** Which: tests that have the same sets take different ones. */
    int share() default 0;
}
