package dev.multipath.examples.demo;

import dev.multipath.metrics.MultipathStats;

/** Shows a run while it lasts. */
interface Progress extends AutoCloseable {
    /** Shows nothing. */
    Progress NONE = new Progress() {
        @Override
        public void update(long receivedBytes, MultipathStats stats) {}

        @Override
        public void note(String event) {}

        @Override
        public void close() {}
    };

    /** Called every few milliseconds. */
    void update(long receivedBytes, MultipathStats stats);

    /** Something happened to a path. */
    void note(String event);

    @Override
    void close();
}
