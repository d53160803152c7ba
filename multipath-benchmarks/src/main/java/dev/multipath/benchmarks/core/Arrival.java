package dev.multipath.benchmarks.core;

import dev.multipath.codec.Frame;
import dev.multipath.session.Subflow;
import java.util.Collections;
import java.util.List;

/** In which order frames arrive that have left on several subflows. On each of them they keep theirs, as TCP does. */
public enum Arrival {
    /** As they have left. */
    IN_ORDER {
        @Override
        void arrange(List<Frame> frames, List<Subflow> receivers) {}
    },

    /** Each two neighbours change places. */
    SWAPPED {
        @Override
        void arrange(List<Frame> frames, List<Subflow> receivers) {
            for (int i = 1; i < frames.size(); i += 2) {
                if (receivers.get(i) != receivers.get(i - 1)) {
                    Collections.swap(frames, i, i - 1);
                    Collections.swap(receivers, i, i - 1);
                }
            }
        }
    },

    /** All that the first frame's subflow carries comes behind everything else, so that half of a burst has to wait. */
    ONE_LATE {
        @Override
        void arrange(List<Frame> frames, List<Subflow> receivers) {
            int size = frames.size();
            Subflow late = size == 0 ? null : receivers.get(0);
            int left = 0;
            for (int i = 0; i < size; i++) {
                Frame frame = frames.get(i);
                Subflow receiver = receivers.get(i);
                if (receiver == late) {
                    frames.add(frame);
                    receivers.add(receiver);
                } else {
                    frames.set(left, frame);
                    receivers.set(left++, receiver);
                }
            }
            frames.subList(left, size).clear();
            receivers.subList(left, size).clear();
        }
    };

    abstract void arrange(List<Frame> frames, List<Subflow> receivers);
}
