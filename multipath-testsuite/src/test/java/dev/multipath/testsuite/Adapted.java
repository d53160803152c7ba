package dev.multipath.testsuite;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A test of Netty's that asks for what only a socket has, and so runs with something else in that place. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface Adapted {

    /** What is different, and why. */
    String value();
}
