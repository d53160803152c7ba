package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.path.MultipathAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Flux;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Reactor Netty's HTTP client and server, and Spring WebFlux on both sides, over two paths. */
class ReactorNettyTest {

    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final LoopResources loops = new MultipathLoopResources(LoopResources.create("multipath", 2, true));
    private final ConnectionProvider connections = ConnectionProvider.newConnection();
    private final AtomicReference<Class<?>> channel = new AtomicReference<>();

    @AfterEach
    void stop() {
        connections.disposeLater().block(LIMIT);
        loops.disposeLater(Duration.ofMillis(20), LIMIT).block(LIMIT);
    }

    private HttpServer server() {
        return HttpServer.create()
                .runOn(loops)
                .bindAddress(Loopback::twoPorts)
                .doOnConnection(connection ->
                        channel.compareAndSet(null, connection.channel().getClass()));
    }

    private HttpClient client(DisposableServer server) {
        MultipathAddress paths = (MultipathAddress) server.channel().localAddress();
        return HttpClient.create(connections).runOn(loops).resolver(new MultipathNames(host -> paths));
    }

    @Test
    void shouldServeAndFetchByReactorNetty() {
        DisposableServer server = server().route(routes -> routes.post(
                        "/echo",
                        (request, response) -> response.send(request.receive().retain())))
                .bindNow(LIMIT);
        String text = "over two paths ".repeat(10_000);
        String answer = client(server)
                .post()
                .uri("http://example.org/echo")
                .send(ByteBufFlux.fromString(Flux.just(text)))
                .responseContent()
                .aggregate()
                .asString()
                .block(LIMIT);
        assertThat(answer).isEqualTo(text);
        server.disposeNow(LIMIT);
    }

    @Test
    void shouldServeAndFetchByWebFlux() {
        HttpHandler handler = RouterFunctions.toHttpHandler(RouterFunctions.route()
                .GET("/hello", request -> ServerResponse.ok().bodyValue("from WebFlux"))
                .build());
        DisposableServer server =
                server().handle(new ReactorHttpHandlerAdapter(handler)).bindNow(LIMIT);
        String answer = WebClient.builder()
                .clientConnector(new ReactorClientHttpConnector(client(server)))
                .baseUrl("http://example.org")
                .build()
                .get()
                .uri("/hello")
                .retrieve()
                .bodyToMono(String.class)
                .block(LIMIT);
        assertThat(answer).isEqualTo("from WebFlux");
        assertThat(MultipathChannel.class).isAssignableFrom(channel.get());
        server.disposeNow(LIMIT);
    }
}
