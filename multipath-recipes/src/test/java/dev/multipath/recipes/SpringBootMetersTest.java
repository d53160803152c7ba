package dev.multipath.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.micrometer.MultipathMeterBinder;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Spring Boot shows the meters of a binder that is a bean, in all of its registries. */
class SpringBootMetersTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        MultipathMeterBinder multipathMeters() {
            return new MultipathMeterBinder();
        }

        @Bean(destroyMethod = "shutdownGracefully")
        EventLoopGroup group() {
            return new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
        }

        @Bean
        MultipathServerChannel server(EventLoopGroup group, MultipathMeterBinder meters) throws InterruptedException {
            MultipathServerChannel server = (MultipathServerChannel) new ServerBootstrap()
                    .group(group)
                    .channel(MultipathServerChannel.class)
                    .childHandler(new ChannelInboundHandlerAdapter())
                    .bind(Loopback.twoPorts())
                    .sync()
                    .channel();
            meters.watch(server);
            return server;
        }
    }

    @Test
    void shouldHaveTheMetersOfTheServersSessions() throws Exception {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "management.defaults.metrics.export.enabled=false",
                        "management.simple.metrics.export.enabled=true")
                .run()) {
            new Bootstrap()
                    .group(context.getBean(EventLoopGroup.class))
                    .channel(MultipathChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(context.getBean(MultipathServerChannel.class).localAddress())
                    .sync();
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> assertThat(
                            registry.get("multipath.sessions.open")
                                    .tag("role", "server")
                                    .gauge()
                                    .value())
                    .isGreaterThanOrEqualTo(1));
        }
    }
}
