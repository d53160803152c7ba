/** The tool's TLS: certificates and keys from files, with words for what is wrong with them. */
package dev.multipath.examples.tls;
