/**
 * Paths: their addresses, what is remembered of them, and the path manager that dials, joins and redials them for a
 * client. Imports transport, codec and below; the channels import it. A path manager runs on its session's event loop;
 * addresses and history are usable from anywhere.
 */
package dev.multipath.path;
