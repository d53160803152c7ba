/** What tests of several packages share. */
package dev.multipath.examples.testing;
