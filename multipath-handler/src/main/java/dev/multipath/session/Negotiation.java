package dev.multipath.session;

import dev.multipath.codec.ControlFrame;
import dev.multipath.codec.Frame;

/** Finds out which profile the peer speaks, once: {@code docs/PROTOCOL.md} 3. */
final class Negotiation {

    private Profile profile;

    Negotiation(ExtendedConfig config) {
        profile = config.enabled() ? Profile.UNDECIDED : Profile.BASE;
    }

    Profile profile() {
        return profile;
    }

    /**
     * The first frame of the first subflow tells. Only while it is undecided.
     *
     * @param firstSubflow whether the session never had another
     * @param first {@code null} for one of data that has not arrived whole
     * @throws JoinRefusedException if the subflow cannot be the first one of a session of the extended profile
     */
    void decide(boolean firstSubflow, Frame first) throws JoinRefusedException {
        if (!(first instanceof ControlFrame control && control.isExtended())) {
            profile = Profile.BASE;
        } else if (firstSubflow) {
            profile = Profile.EXTENDED;
        } else {
            // Who has the key has it from us, over the first subflow, and then there was a decision.
            throw new JoinRefusedException("there is no key yet");
        }
    }
}
