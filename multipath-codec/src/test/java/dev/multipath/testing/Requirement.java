package dev.multipath.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What of docs/PROTOCOL.md a test proves, or all tests of a class together. A name on a test that would pass if the
 * requirement were not met is a defect.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.SOURCE)
public @interface Requirement {
    /** {@return the identifiers, such as {@code ACK-3}} */
    String[] value();
}
