package dev.multipath.transport.mptcp;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;

/**
 * Calls {@code socket(2)} and {@code dup3(2)} by {@code java.lang.foreign} (JEP 454). The classes are looked up by name, as
 * this is compiled for Java 17, by JDKs that may not have them: so one jar is the same whoever has built it.
 */
final class ForeignSockets implements MptcpSockets {

    private static final int O_CLOEXEC = 0x80000;

    /** Before, the classes are there as a preview: they look different, or the JDK complains at each start, whatever the manifest says. */
    private static final int FIRST_FEATURE_RELEASE = 22;

    private final MethodHandle socket;
    private final MethodHandle dup3;
    private final Errno errno;

    private ForeignSockets(MethodHandle socket, MethodHandle dup3, Errno errno) {
        this.socket = socket;
        this.dup3 = dup3;
        this.errno = errno;
    }

    /**
     * Looks the two calls up.
     *
     * @throws ReflectiveOperationException if the JDK is older, or native access is denied
     */
    static ForeignSockets lookUp() throws ReflectiveOperationException {
        return lookUp(Runtime.version().feature());
    }

    static ForeignSockets lookUp(int featureRelease) throws ReflectiveOperationException {
        if (featureRelease < FIRST_FEATURE_RELEASE) {
            throw new ClassNotFoundException("not before JDK " + FIRST_FEATURE_RELEASE);
        }
        Class<?> linkerType = type("Linker");
        Class<?> optionType = type("Linker$Option");
        Class<?> layoutType = type("MemoryLayout");
        Object linker = linkerType.getMethod("nativeLinker").invoke(null);
        Object jint = type("ValueLayout").getField("JAVA_INT").get(null);
        Object arguments = arrayOf(layoutType, jint, jint, jint);
        Object threeInts = type("FunctionDescriptor")
                .getMethod("of", layoutType, arguments.getClass())
                .invoke(null, jint, arguments);
        Object options = arrayOf(
                optionType,
                optionType.getMethod("captureCallState", String[].class).invoke(null, (Object) new String[] {"errno"}));
        Method downcall = linkerType.getMethod(
                "downcallHandle", type("MemorySegment"), type("FunctionDescriptor"), options.getClass());
        Object names = linkerType.getMethod("defaultLookup").invoke(linker);
        Method find = type("SymbolLookup").getMethod("find", String.class);
        MethodHandle[] calls = new MethodHandle[2];
        for (String name : new String[] {"socket", "dup3"}) {
            Object symbol = ((Optional<?>) find.invoke(names, name)).orElseThrow(() -> new NoSuchMethodException(name));
            calls["socket".equals(name) ? 0 : 1] = (MethodHandle) downcall.invoke(linker, symbol, threeInts, options);
        }
        return new ForeignSockets(calls[0], calls[1], Errno.lookUp(jint));
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName("java.lang.foreign." + name);
    }

    private static Object arrayOf(Class<?> type, Object... elements) {
        Object array = Array.newInstance(type, elements.length);
        for (int i = 0; i < elements.length; i++) {
            Array.set(array, i, elements[i]);
        }
        return array;
    }

    @Override
    public int open(int domain) throws IOException {
        return call(socket, domain, SOCK_STREAM_NONBLOCK_CLOEXEC, IPPROTO_MPTCP);
    }

    @Override
    public EpollSocketChannel channel(int descriptor) throws IOException {
        EpollSocketChannel channel = new EpollSocketChannel();
        boolean noDelay = channel.config().isTcpNoDelay();
        replace(channel, channel.fd(), descriptor);
        channel.config().setTcpNoDelay(noDelay);
        return channel;
    }

    @Override
    public EpollServerSocketChannel serverChannel(int descriptor) throws IOException {
        EpollServerSocketChannel channel = new EpollServerSocketChannel();
        boolean reuseAddress = channel.config().isReuseAddress();
        replace(channel, channel.fd(), descriptor);
        channel.config().setReuseAddress(reuseAddress);
        return channel;
    }

    /** What a channel has set on its own socket while it was made goes with that. */
    private void replace(Channel channel, FileDescriptor own, int descriptor) throws IOException {
        int result = call(dup3, descriptor, own.intValue(), O_CLOEXEC);
        if (result < 0) {
            channel.unsafe().closeForcibly();
            throw Errors.newIOException("dup3", result);
        }
        new FileDescriptor(descriptor).close();
    }

    private int call(MethodHandle function, Object... arguments) throws IOException {
        try {
            Object state = errno.newState();
            Object[] all = new Object[arguments.length + 1];
            all[0] = state;
            System.arraycopy(arguments, 0, all, 1, arguments.length);
            int result = (int) function.invokeWithArguments(all);
            return result >= 0 ? result : -errno.read(state);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IOException("java.lang.foreign: " + Arrays.toString(arguments), e);
        }
    }

    /** Where a call leaves its error. */
    private record Errno(Object arena, Method allocate, Object stateLayout, Method getInt, Object jint) {

        static Errno lookUp(Object jint) throws ReflectiveOperationException {
            return new Errno(
                    type("Arena").getMethod("ofAuto").invoke(null),
                    type("SegmentAllocator").getMethod("allocate", type("MemoryLayout")),
                    type("Linker$Option").getMethod("captureStateLayout").invoke(null),
                    type("MemorySegment").getMethod("get", type("ValueLayout$OfInt"), long.class),
                    jint);
        }

        Object newState() throws IllegalAccessException, InvocationTargetException {
            return allocate.invoke(arena, stateLayout);
        }

        /** On Linux it is all that there is in the state. */
        int read(Object state) throws IllegalAccessException, InvocationTargetException {
            return (int) getInt.invoke(state, jint, 0L);
        }
    }
}
