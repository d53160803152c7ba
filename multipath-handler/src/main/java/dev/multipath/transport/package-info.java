/**
 * How a subflow's channel is made, what else goes into its pipeline, and how it ends. Imports no other room of this
 * module; the path manager and the channels import it. Its methods run on the event loop that the subflow will live
 * on.
 */
package dev.multipath.transport;
