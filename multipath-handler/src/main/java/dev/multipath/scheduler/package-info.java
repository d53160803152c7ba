/**
 * Which subflow carries the next frame: one small interface and its policies. Imports no other room; the session
 * imports it. Runs on the session's thread.
 */
package dev.multipath.scheduler;
