package dev.multipath.examples.stacks;

import static dev.multipath.examples.stacks.TwoPaths.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.testing.OneIn;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** gRPC, which knows nothing of paths, over two of which the better one dies: it is given channel classes and an address. */
class GrpcTest {

    private static final int MESSAGES = 400;
    private static final int MESSAGE_BYTES = 20_000;

    private static final PathSettings FAST = PathSettings.ofMbit(40, Duration.ofMillis(5));
    private static final PathSettings SLOW = PathSettings.ofMbit(30, Duration.ofMillis(15));

    private static final MethodDescriptor<byte[], byte[]> ECHO = method("echo", MethodType.UNARY);
    private static final MethodDescriptor<byte[], byte[]> ECHO_ALL = method("echoAll", MethodType.BIDI_STREAMING);

    private static MethodDescriptor<byte[], byte[]> method(String name, MethodType type) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(new Bytes(), new Bytes())
                .setType(type)
                .setFullMethodName(MethodDescriptor.generateFullMethodName("multipath.Test", name))
                .build();
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Sends back what it gets. */
    private static final ServerServiceDefinition SERVICE = ServerServiceDefinition.builder("multipath.Test")
            .addMethod(ECHO, ServerCalls.asyncUnaryCall((request, response) -> {
                response.onNext(request);
                response.onCompleted();
            }))
            .addMethod(ECHO_ALL, ServerCalls.asyncBidiStreamingCall(Echo::new))
            .build();

    private record Echo(StreamObserver<byte[]> response) implements StreamObserver<byte[]> {
        @Override
        public void onNext(byte[] message) {
            response.onNext(message);
        }

        @Override
        public void onError(Throwable cause) {
            response.onError(cause);
        }

        @Override
        public void onCompleted() {
            response.onCompleted();
        }
    }

    /** Counts what comes back, in order. */
    private static final class Answers implements StreamObserver<byte[]> {
        private final AtomicLong count = new AtomicLong();
        private volatile Throwable failure;
        private volatile boolean wrong;
        private volatile boolean completed;

        @Override
        public void onNext(byte[] message) {
            wrong |= !Arrays.equals(message, message((int) count.getAndIncrement()));
        }

        @Override
        public void onError(Throwable cause) {
            failure = cause;
            completed = true;
        }

        @Override
        public void onCompleted() {
            completed = true;
        }
    }

    private static byte[] message(int index) {
        byte[] bytes = new byte[MESSAGE_BYTES];
        Arrays.fill(bytes, (byte) index);
        return bytes;
    }

    // as in the guide

    private static NettyChannelBuilder channelOver(Path wifi, Path lte, EventLoopGroup group) {
        return NettyChannelBuilder.forAddress(MultipathAddress.of(wifi, lte))
                .channelType(MultipathChannel.class, MultipathAddress.class)
                .eventLoopGroup(group)
                .overrideAuthority("example.org");
    }

    private static NettyServerBuilder serverAt(
            SocketAddress addressA, SocketAddress addressB, EventLoopGroup boss, EventLoopGroup workers) {
        return NettyServerBuilder.forAddress(MultipathAddress.of(addressA, addressB))
                .channelType(MultipathServerChannel.class)
                .bossEventLoopGroup(boss)
                .workerEventLoopGroup(workers);
    }

    @OneIn(value = 2, share = 1)
    @ParameterizedTest
    @EnumSource
    void shouldAnswerAllCallsWhenAPathDies(TwoPaths.Death death) throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Server server =
                serverAt(any, any, group, group).addService(SERVICE).build().start();
        List<Path> listeners = ((MultipathAddress) server.getListenSockets().get(0)).paths();
        try (PathEmulator fast = emulate(group, listeners.get(0), FAST);
                PathEmulator slow = emulate(group, listeners.get(1), SLOW)) {
            ManagedChannel channel = channelOver(
                            Path.of("fast", fast.address()), Path.of("slow", slow.address()), group)
                    .usePlaintext()
                    .build();
            callUnary(channel);
            Answers answers = new Answers();
            StreamObserver<byte[]> requests =
                    ClientCalls.asyncBidiStreamingCall(channel.newCall(ECHO_ALL, CallOptions.DEFAULT), answers);
            for (int i = 0; i < MESSAGES; i++) {
                requests.onNext(message(i));
            }
            requests.onCompleted();
            eventually().until(() -> answers.count.get() > MESSAGES / 20);
            eventually().until(() -> fast.counters().toTargetBytes() > 100_000);
            death.begin.accept(fast);
            assertThat(answers.completed).isFalse();
            eventually().until(() -> answers.completed);
            assertThat(answers.failure).isNull();
            assertThat(answers.wrong).isFalse();
            assertThat(answers.count.get()).isEqualTo(MESSAGES);
            callUnary(channel);
            death.end.accept(fast);
            assertThat(channel.shutdown().awaitTermination(60, TimeUnit.SECONDS))
                    .isTrue();
            assertThat(server.shutdown().awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            EventLoops.shutDown(group);
        }
    }

    private static PathEmulator emulate(EventLoopGroup group, Path listener, PathSettings settings) {
        return PathEmulator.builder((InetSocketAddress) listener.remote())
                .settings(settings)
                .start(group);
    }

    private static void callUnary(ManagedChannel channel) throws ExecutionException, InterruptedException {
        byte[] answer = ClientCalls.futureUnaryCall(channel.newCall(ECHO, CallOptions.DEFAULT), message(7))
                .get();
        assertThat(answer).isEqualTo(message(7));
    }
}
