/**
 * Who gets a place at a server, and who loses his when there are too few: places for handshakes and for sessions, ordered by
 * what their holders have shown of themselves, and shared out among source addresses. Knows no channels and owns no clock.
 */
package dev.multipath.admission;
