package dev.multipath.session.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import java.util.function.LongSupplier;

/** One request after the other, each answered by an object; a client's and a server's application. */
final class Objects {

    private static final long REQUEST_BYTES = 64;

    /** So many bytes of an object had come so long after its request. */
    record Point(long afterNanos, long bytes) {}

    final Flow client = new Flow(this::onAnswer);
    final Flow server = new Flow(this::onRequest);
    private final LongSupplier clock;
    private final IntToLongFunction objectBytes;
    private final int count;

    /** What came of each object, and when; the last may be incomplete. */
    private final List<List<Point>> curves = new ArrayList<>();

    private long requestedAtNanos;
    private int answered;
    private long answeredBytes;
    private int requests;

    /** Makes some of the same size; the first request is written as soon as that is possible. */
    Objects(LongSupplier clock, long objectBytes, int count) {
        this(clock, object -> objectBytes, count);
    }

    /** Makes some whose sizes differ. */
    Objects(LongSupplier clock, IntToLongFunction objectBytes, int count) {
        this.clock = clock;
        this.objectBytes = objectBytes;
        this.count = count;
        request();
    }

    private void request() {
        requestedAtNanos = clock.getAsLong();
        curves.add(new ArrayList<>());
        client.want(REQUEST_BYTES);
    }

    private void onRequest(long totalBytes) {
        while (requests < totalBytes / REQUEST_BYTES) {
            server.want(objectBytes.applyAsLong(requests));
            requests++;
        }
    }

    private void onAnswer(long totalBytes) {
        curves.get(answered).add(new Point(clock.getAsLong() - requestedAtNanos, totalBytes - answeredBytes));
        if (totalBytes == answeredBytes + objectBytes.applyAsLong(answered)) {
            answeredBytes = totalBytes;
            answered++;
            if (answered < count) {
                request();
            }
        }
    }

    boolean isDone() {
        return answered == count;
    }

    int answered() {
        return answered;
    }

    List<Point> curve(int object) {
        return curves.get(object);
    }

    long nanos(int object) {
        List<Point> curve = curves.get(object);
        return curve.get(curve.size() - 1).afterNanos;
    }
}
