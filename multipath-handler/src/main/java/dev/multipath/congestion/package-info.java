/**
 * What may be in flight on one subflow: one small interface and its policies. Imports no other room but the numbers'. It lies below the
 * session, which measures, tells a policy what happens, and keeps to its answer. Runs on the session's thread.
 */
package dev.multipath.congestion;
