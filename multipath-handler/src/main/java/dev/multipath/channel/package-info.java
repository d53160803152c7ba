/**
 * The virtual channels that an application sees, and what connects them with the session core: handlers on the
 * subflows, the driver that moves frames, bytes and time between Netty and the core, the server's handshakes. Imports
 * everything below, and nothing imports it.
 *
 * <p>A session's state is touched on its parent channel's event loop only. Where a subflow lives on another loop,
 * frames cross in batches ({@code SubflowLink}).
 */
package dev.multipath.channel;
