/**
 * Which subflow carries the next frame: one small interface and its policies. Imports no other room. It lies below
 * the session, which imports the interface. Runs on the session's thread.
 */
package dev.multipath.scheduler;
