package dev.multipath.session;

/**
 * Which path ids a client has used. Joins overtake each other, so the highest alone would not do; a set would grow for as
 * long as the session is redialled. As against replays in IPsec (RFC 4303 section 3.4.3): what is far below the highest
 * counts as used.
 */
final class PathIdWindow {

    private long highest;
    private long usedBelow;

    boolean isUsed(long pathId) {
        long below = highest - pathId;
        return below >= 0 && (below >= Long.SIZE || (usedBelow >>> below & 1) == 1);
    }

    void use(long pathId) {
        if (pathId > highest) {
            long step = pathId - highest;
            usedBelow = step >= Long.SIZE ? 0 : usedBelow << step;
            highest = pathId;
        }
        usedBelow |= 1L << highest - pathId;
    }
}
