package dev.multipath.testsuite.attack;

import java.util.Arrays;

/** What a victim has sent: data, an extended frame (by its type), or, without a payload, an ack or a control frame. */
record Frame(long number, byte[] payload) {

    boolean isData() {
        return payload.length > 0 && number >= Wire.FIRST;
    }

    boolean isExtended(int type) {
        return payload.length > 0 && number == type;
    }

    boolean isControl(int which) {
        return payload.length == 0 && number == which;
    }

    /** The varints at the payload's beginning. */
    long[] varints(int count) {
        long[] values = new long[count];
        for (int i = 0, at = 0; i < count; i++) {
            int length = 1 << ((payload[at] & 0xff) >> 6);
            long value = payload[at] & 0x3f;
            for (int j = 1; j < length; j++) {
                value = value << 8 | payload[at + j] & 0xff;
            }
            values[i] = value;
            at += length;
        }
        return values;
    }

    /** So many bytes of the payload. */
    byte[] bytes(int from, int length) {
        return Arrays.copyOfRange(payload, from, from + length);
    }

    /** So many bytes at the payload's end. */
    byte[] tail(int length) {
        return bytes(payload.length - length, length);
    }
}
