/**
 * Who gets a place at a server, and who loses his when there are too few: places for handshakes and for sessions,
 * ordered by what their holders have shown of themselves, and shared out among source addresses. Knows no channels
 * and owns no clock.
 *
 * <p>A newcomer is worth more than who has shown nothing. If newcomers were refused when a server is full, anybody
 * could fill it for the resumption time-out. So somebody loses his place: by {@code Standing} and what it has
 * carried, then by source (the one that has the most of the lowest), then by age. Sharing by source, and not by a
 * fixed quota alone, keeps a host with few places from paying for several with many; the quota also bounds what one
 * host may take of an empty server. A vanished session stands below one that has just asked: that one may be
 * arriving.
 */
package dev.multipath.admission;
