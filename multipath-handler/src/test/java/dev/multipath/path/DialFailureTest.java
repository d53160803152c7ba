package dev.multipath.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

/** What a failed attempt says of its path. In the words of the JDK and of Netty's native transports, on Linux. */
class DialFailureTest {

    @Test
    void shouldTakeLostPacketsForSilence() {
        assertThat(DialFailure.of(new ConnectTimeoutException("no answer"))).isEqualTo(DialFailure.SILENCE);
        assertThat(DialFailure.of(new ConnectException("Connection timed out"))).isEqualTo(DialFailure.SILENCE);
        assertThat(DialFailure.of(new NoRouteToHostException("No route to host")))
                .isEqualTo(DialFailure.SILENCE);
        assertThat(DialFailure.of(new ConnectException("connect(..) failed: No route to host")))
                .isEqualTo(DialFailure.SILENCE);
    }

    @Test
    void shouldTakeAnAnswerForARefusal() {
        assertThat(DialFailure.of(new ConnectException("Connection refused"))).isEqualTo(DialFailure.REFUSAL);
        assertThat(DialFailure.of(new IOException("Connection reset by peer"))).isEqualTo(DialFailure.REFUSAL);
        assertThat(DialFailure.of(new ClosedChannelException())).isEqualTo(DialFailure.REFUSAL);
        assertThat(DialFailure.of(new IllegalStateException())).isEqualTo(DialFailure.REFUSAL);
    }

    @Test
    void shouldKnowWhenThisHostHasNoWayThere() {
        assertThat(DialFailure.of(new NoRouteToHostException("connect(..) failed: Network is unreachable")))
                .isEqualTo(DialFailure.NO_WAY);
        assertThat(DialFailure.of(new ConnectException("Network is unreachable")))
                .isEqualTo(DialFailure.NO_WAY);
        assertThat(DialFailure.of(new IOException("Network is down"))).isEqualTo(DialFailure.NO_WAY);
        assertThat(DialFailure.of(new UnknownHostException("example.invalid"))).isEqualTo(DialFailure.NO_WAY);
        assertThat(DialFailure.of(new BindException("Cannot assign requested address")))
                .isEqualTo(DialFailure.NO_WAY);
    }

    /** An address of nobody's (RFC 5737) is not this host's either. */
    @Test
    void shouldKnowTheWordsOfThisSystem() throws Exception {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 0));
        } catch (IOException e) {
            assertThat(DialFailure.of(e)).isEqualTo(DialFailure.NO_WAY);
        }
    }
}
