package dev.multipath.session;

/** What carries copies of frames, as these see it: below the subflow, which is one. */
interface Carrier {

    /** Whether it delivers, and can be relied on. */
    boolean isReliable();

    /** Whether it delivers at present, as far as can be told. */
    boolean isProgressing();

    /** A copy that it was given is no longer on the way. */
    void onResolved(int payloadBytes);
}
