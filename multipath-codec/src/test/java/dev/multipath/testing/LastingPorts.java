package dev.multipath.testing;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that are stopped and started again. Below those that systems give to who asks for none: what has such a port
 * and lets go of it for a second may find a stranger there, as other tests run beside.
 */
public final class LastingPorts {

    /** Above those of well-known services that are likely to run on a developer's machine. */
    private static final int LOWEST = 20_000;

    /** Linux gives ports from 32768 on, others from 49152. */
    private static final int HIGHEST = 32_000;

    private LastingPorts() {}

    /**
     * {@return a port of the loopback address at which nobody listens}
     *
     * @throws IOException if the port cannot be tried for another reason than that it is in use
     */
    public static int free() throws IOException {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (BindException e) {
                // Another one, then.
            }
        }
    }
}
