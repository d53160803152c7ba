package dev.multipath.examples;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the JVM does not do with signals: it takes the first for the wish to exit and ignores more. Only {@code sun.misc.Signal}
 * can change that: by reflection, since the compiler warns of it and not every JVM has it.
 */
final class Signals {
    private static final Logger LOGGER = LoggerFactory.getLogger(Signals.class);

    /** What a shell's exit codes add to the signal's number. */
    private static final int SIGNALLED = 128;

    private static volatile boolean ending;

    private Signals() {}

    /** Whether the process is on its way out, so that nobody wants to hear of closed streams. */
    static boolean areEndingIt() {
        return ending;
    }

    /** A signal ends the process. From now on SIGINT and SIGTERM do so without anything else being done. */
    static void endAtOnceByTheNext() {
        ending = true;
        for (String name : new String[] {"INT", "TERM"}) {
            on(name, number -> Runtime.getRuntime().halt(SIGNALLED + number));
        }
    }

    /** From now on SIGTERM does this, each time and on a thread of its own, and nothing else. */
    static void onTerm(Runnable task) {
        on("TERM", number -> task.run());
    }

    private static void on(String name, IntConsumer action) {
        try {
            handle(name, action);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            LOGGER.debug("no handler for SIG{}", name, e);
        }
    }

    private static void handle(String name, IntConsumer action) throws ReflectiveOperationException {
        Class<?> signalClass = Class.forName("sun.misc.Signal");
        Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
        Object signal = signalClass.getConstructor(String.class).newInstance(name);
        int number = (int) signalClass.getMethod("getNumber").invoke(signal);
        Object handler = Proxy.newProxyInstance(
                Signals.class.getClassLoader(), new Class<?>[] {handlerClass}, (proxy, method, args) -> {
                    if (method.getName().equals("handle")) {
                        action.accept(number);
                    }
                    return null;
                });
        try {
            signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
        } catch (InvocationTargetException e) {
            // The JVM runs with -Xrs, or uses the signal itself.
            LOGGER.debug("SIG{} cannot be handled", name, e);
        }
    }
}
