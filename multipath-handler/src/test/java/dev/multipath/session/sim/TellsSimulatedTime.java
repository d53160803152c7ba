package dev.multipath.session.sim;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** For test classes that simulate. */
final class TellsSimulatedTime implements BeforeAllCallback, AfterAllCallback {

    @Override
    public void beforeAll(ExtensionContext context) {
        SimulatedTime.start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        SimulatedTime.tell(context.getRequiredTestClass());
    }
}
