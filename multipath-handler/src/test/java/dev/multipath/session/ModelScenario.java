package dev.multipath.session;

/**
 * What can happen in a {@link ModelWorld}.
 *
 * @param detours how often another thing than the fair one may happen
 * @param links between the ends at first
 * @param wanted a new link comes when fewer live
 * @param writes how many pieces of {@code pieceBytes} each end (client, server) writes before its FIN
 * @param failures so many links may fail
 * @param timers so often time may pass although something else could happen
 * @param backups so often an end may call a link a backup
 * @param capacity how many frames fit on a link before it cannot be written to
 */
record ModelScenario(
        String name,
        int detours,
        int links,
        int wanted,
        int[] writes,
        int pieceBytes,
        int failures,
        int timers,
        int backups,
        int capacity) {}
