/**
 * A small web server for plain and multipath clients on the same ports. Handlers only: the command that starts them is in
 * the package above. Each runs on its channel's event loop.
 */
package dev.multipath.examples.web;
