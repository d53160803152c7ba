/** What others may see of a command's sessions, over HTTP: meters, and the live page. On an event loop of its own, in no session's way. */
package dev.multipath.examples.view;
