/**
 * What the tests of every module share; published as the codec module's test jar.
 * Any test may import it; it imports only Netty's common and buffer packages and the JUnit Platform.
 * The launcher calls it on the thread that runs the tests, before the first and after the last one.
 */
package dev.multipath.testing;
