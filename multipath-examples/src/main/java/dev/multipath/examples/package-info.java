/**
 * The command line of {@code multipath.jar}: its commands, their options and what they print.
 * It may import every package of the project; nothing imports it.
 * Commands run on the main thread and wait there; the streams they start run on one event loop.
 */
package dev.multipath.examples;
