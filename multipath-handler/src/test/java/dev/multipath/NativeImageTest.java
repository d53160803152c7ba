package dev.multipath;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.multipath.channel.MultipathChannel;
import dev.multipath.channel.MultipathServerChannel;
import dev.multipath.codec.ConnectionId;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * What a native image has to be told of: Netty makes channels by reflection, and looks which of a handler's methods are
 * written ({@code ChannelHandlerMask}).
 */
class NativeImageTest {

    private static final String METADATA = "/META-INF/native-image/dev.multipath/multipath-handler/reflect-config.json";

    private static final Pattern METHODS_QUERIED =
            Pattern.compile("\"name\": \"([^\"]+)\",[^\\n]* \"queryAllPublicMethods\": true\\}");

    private static final Pattern MADE = Pattern.compile(
            "\"name\": \"([^\"]+)\",[^\\n]* \"methods\": \\[\\{\"name\": \"<init>\", \"parameterTypes\": \\[\\]\\}\\]");

    @Test
    void shouldNameEachHandler() throws IOException {
        Set<String> handlers = new ClassFileImporter()
                .importUrls(List.of(placeOf(ConnectionId.class), placeOf(MultipathChannel.class))).stream()
                        .filter(type -> type.isAssignableTo(ChannelHandler.class))
                        .map(JavaClass::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named(METHODS_QUERIED))
                .as("the lines that reflect-config.json has to have, a handler each:%n%s", lines(handlers))
                .isEqualTo(handlers);
    }

    @Test
    void shouldNameEachChannelThatABootstrapMakes() throws IOException {
        assertThat(named(MADE))
                .containsExactlyInAnyOrder(MultipathChannel.class.getName(), MultipathServerChannel.class.getName());
    }

    private static String lines(Set<String> handlers) {
        return handlers.stream()
                .map(name -> "  {\"name\": \"" + name + "\", \"condition\": {\"typeReachable\": \"" + name
                        + "\"}, \"queryAllPublicMethods\": true}")
                .collect(Collectors.joining(",\n"));
    }

    private static URL placeOf(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation();
    }

    private static Set<String> named(Pattern pattern) throws IOException {
        try (InputStream in = NativeImageTest.class.getResourceAsStream(METADATA)) {
            assertThat(in).as(METADATA).isNotNull();
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return pattern.matcher(text)
                    .results()
                    .map(result -> result.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
