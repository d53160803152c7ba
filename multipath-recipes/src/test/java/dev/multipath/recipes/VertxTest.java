package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Vert.x's HTTP server and client over two paths. */
class VertxTest {

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void shouldServeAndFetch() throws Exception {
        SocketAddress address = MultipathVertxTransport.address(Loopback.freePort(), Loopback.freePort());
        Vertx vertx =
                Vertx.builder().withTransport(new MultipathVertxTransport()).build();
        // Vert.x closes a client when nobody refers to it any more.
        HttpClient client = vertx.createHttpClient();
        try {
            get(vertx.createHttpServer()
                    .requestHandler(request -> request.response()
                            .end(request.connection().remoteAddress().isDomainSocket() ? "multipath" : "plain"))
                    .listen(address));
            Buffer answer = get(client.request(new RequestOptions()
                            .setServer(address)
                            .setHost("example.org")
                            .setURI("/"))
                    .compose(request -> request.send().compose(HttpClientResponse::body)));
            assertThat(answer).hasToString("multipath");
        } finally {
            get(client.close());
            get(vertx.close());
        }
    }
}
