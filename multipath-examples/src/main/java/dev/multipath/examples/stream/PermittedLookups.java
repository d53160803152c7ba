package dev.multipath.examples.stream;

import dev.multipath.examples.stream.ProxyProtocol.ProxyAnswer;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks up hosts for a proxy's clients, on threads of its own, and keeps of their addresses what the rules permit. */
final class PermittedLookups implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PermittedLookups.class);

    /** The JDK's look-ups block; one that hangs is to hold up few others. */
    private static final int LOOKUPS_AT_A_TIME = 8;

    private static final int MAX_WAITING_LOOKUPS = 256;

    /** Of a host that has many, to be tried one after the other. */
    private static final int MAX_ADDRESSES = 4;

    private static final long IDLE_SECONDS = 10;

    private final EgressRules rules;
    private final ThreadPoolExecutor lookups;

    PermittedLookups(EgressRules rules) {
        this.rules = rules;
        this.lookups = new ThreadPoolExecutor(
                LOOKUPS_AT_A_TIME,
                LOOKUPS_AT_A_TIME,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING_LOOKUPS),
                new DefaultThreadFactory("multipath-lookup", true));
        lookups.allowCoreThreadTimeOut(true);
    }

    /** Looks up what may be connected to; the answer is CONNECTED if there is something, and comes on that executor. */
    void resolve(String host, int port, Executor then, BiConsumer<ProxyAnswer, List<InetSocketAddress>> answer) {
        try {
            lookups.execute(() -> {
                ProxyAnswer result;
                List<InetSocketAddress> permitted = List.of();
                try {
                    permitted = Stream.of(InetAddress.getAllByName(host))
                            .map(address -> new InetSocketAddress(address, port))
                            .filter(address -> rules.permit(host, address))
                            .limit(MAX_ADDRESSES)
                            .toList();
                    result = permitted.isEmpty() ? ProxyAnswer.FORBIDDEN : ProxyAnswer.CONNECTED;
                } catch (UnknownHostException e) {
                    result = ProxyAnswer.UNKNOWN_HOST;
                }
                ProxyAnswer known = result;
                List<InetSocketAddress> addresses = permitted;
                tell(then, () -> answer.accept(known, addresses));
            });
        } catch (RejectedExecutionException e) {
            answer.accept(ProxyAnswer.BUSY, List.of());
        }
    }

    private static void tell(Executor then, Runnable answer) {
        try {
            then.execute(answer);
        } catch (RejectedExecutionException e) {
            LOGGER.debug("nobody is there any more who has asked", e);
        }
    }

    @Override
    public void close() {
        lookups.shutdownNow();
    }
}
