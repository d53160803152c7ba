/**
 * The demo: one transfer over two emulated paths, one of which fails on the way, beside a plain TCP transfer to compare.
 * It may import the library, the emulator and the stream package; the command line imports it.
 * The main thread directs the run and looks at it every few milliseconds; each end and the paths have an event loop each.
 */
package dev.multipath.examples.demo;
