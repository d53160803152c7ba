/**
 * What carries subflows: how their channels are dialled and listened for, what else goes into their pipelines, how their
 * paths are named, and how they end. Imports no other room of this module; the path manager and the channels
 * import it. Unless they say otherwise, methods run on the event loop of the subflow.
 */
package dev.multipath.transport;
