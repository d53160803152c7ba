/** Pages as a person sees them: in a real browser, without a window. */
package dev.multipath.examples.browser;
