/**
 * Paths: their addresses, what is remembered of them, and the path manager that dials, joins and redials them for a
 * client. A path manager runs on its session's event loop; addresses and history are usable from anywhere.
 *
 * <p>Imports transport, codec and below; the channels import it. {@code Path} and {@code MultipathAddress} are here
 * and not with the channels, since the path manager needs them and imports only point down.
 */
package dev.multipath.path;
