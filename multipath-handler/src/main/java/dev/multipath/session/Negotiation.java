package dev.multipath.session;

import dev.multipath.codec.Frame;

/** Finds out which profile the peer speaks, once, and has the rules of the present one: {@code docs/PROTOCOL.md} 3. */
final class Negotiation {

    private SessionProfile profile;
    private SessionProfile base;
    private SessionProfile extended;

    /** What there is to choose from; without an extended one there is no choice. To be called once, before all else. */
    void between(SessionProfile undecided, SessionProfile newBase, SessionProfile newExtended) {
        base = newBase;
        extended = newExtended;
        profile = newExtended == null ? newBase : undecided;
    }

    /** The rules that hold now. */
    SessionProfile profile() {
        return profile;
    }

    boolean isDecided() {
        return profile.name() != Profile.UNDECIDED;
    }

    /**
     * The first frame of the first subflow tells. Without effect when it is decided.
     *
     * @param subflow which has brought something
     * @param first {@code null} for one of data, or an acknowledgement, for which there is no object
     * @return the rules that hold from now on
     * @throws JoinRefusedException if the subflow cannot be the first one of a session of the extended profile
     */
    SessionProfile decide(SubflowControl subflow, Frame first, long nowNanos) throws JoinRefusedException {
        if (isDecided()) {
            return profile;
        }
        if (!Profile.isExtended(first)) {
            profile = base;
        } else if (subflow.id() == 0) {
            profile = extended;
        } else {
            // Who has the key has it from us, over the first subflow, and then there was a decision.
            throw new JoinRefusedException("there is no key yet");
        }
        // The other is of no more use.
        base = null;
        extended = null;
        profile.begin(subflow, nowNanos);
        return profile;
    }
}
