package dev.multipath.examples.browser;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.filter.FilteringParserDelegate;
import com.fasterxml.jackson.core.filter.JsonPointerBasedFilter;
import com.fasterxml.jackson.core.filter.TokenFilter.Inclusion;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A headless Chromium with one page, driven by its DevTools protocol. */
public final class Browser implements AutoCloseable {
    /** Generous: the machine may be busy with something else. */
    private static final Duration TIME_LIMIT = Duration.ofSeconds(120);

    private static final Path DEBIANS = Path.of("/usr/bin/chromium");
    private static final Pattern DEVTOOLS = Pattern.compile("DevTools listening on ws://([^/\\s]+)/");
    private static final Pattern PAGE = Pattern.compile("\"webSocketDebuggerUrl\":\\s*\"(ws:[^\"]+/page/[^\"]+)\"");
    private static final JsonFactory JSON = new JsonFactory();

    private final Process process;
    private final WebSocket page;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<String, CompletableFuture<String>> answers = new ConcurrentHashMap<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();

    private Browser(Process process, URI pageUri) {
        this.process = process;
        page = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(pageUri, new Messages())
                .orTimeout(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS)
                .join();
        call("Runtime.enable", "");
        call("Log.enable", "");
        call("Page.enable", "");
    }

    /** The command of a Chromium: the one that the environment names, or Debian's. */
    public static Optional<String> command() {
        return Optional.ofNullable(System.getenv("MULTIPATH_CHROMIUM"))
                .or(() -> Files.isExecutable(DEBIANS) ? Optional.of(DEBIANS.toString()) : Optional.empty());
    }

    /** @param directory where it keeps what it needs; its log is there too */
    public static Browser start(String command, Path directory) throws IOException, InterruptedException {
        Path log = directory.resolve("chromium.log");
        Process process = new ProcessBuilder(
                        command,
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--lang=en-US",
                        "--user-data-dir=" + directory.resolve("profile"),
                        "--remote-debugging-port=0",
                        "about:blank")
                .redirectOutput(directory.resolve("chromium.out").toFile())
                .redirectError(log.toFile())
                .start();
        try {
            String authority = first(DEVTOOLS, process, () -> Files.readString(log));
            HttpClient http = HttpClient.newHttpClient();
            HttpRequest list = HttpRequest.newBuilder(URI.create("http://" + authority + "/json/list"))
                    .timeout(TIME_LIMIT)
                    .build();
            String uri = first(PAGE, process, () -> http.send(list, BodyHandlers.ofString())
                    .body());
            return new Browser(process, URI.create(uri));
        } catch (RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    @FunctionalInterface
    private interface Text {
        String get() throws IOException, InterruptedException;
    }

    private static String first(Pattern pattern, Process process, Text text) {
        return Awaitility.await()
                .atMost(TIME_LIMIT)
                .until(
                        () -> {
                            if (!process.isAlive()) {
                                throw new IllegalStateException("Chromium has ended: " + text.get());
                            }
                            Matcher matcher = pattern.matcher(text.get());
                            return matcher.find() ? Optional.of(matcher.group(1)) : Optional.<String>empty();
                        },
                        Optional::isPresent)
                .orElseThrow();
    }

    /** What comes: answers by their number, and what went wrong in the page. */
    private final class Messages implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                onMessage(message.toString());
                message.setLength(0);
            }
            socket.request(1);
            return null;
        }

        private void onMessage(String json) {
            String id = at("/id", json);
            if (id != null) {
                answers.remove(id).complete(json);
                return;
            }
            String method = at("/method", json);
            boolean isError = "Runtime.exceptionThrown".equals(method)
                    || ("Log.entryAdded".equals(method) && "error".equals(at("/params/entry/level", json)))
                    || ("Runtime.consoleAPICalled".equals(method) && "error".equals(at("/params/type", json)));
            if (isError) {
                errors.add(json);
            }
        }
    }

    /** The value there; null if there is none. */
    private static String at(String pointer, String json) {
        try (JsonParser parser = new FilteringParserDelegate(
                JSON.createParser(json), new JsonPointerBasedFilter(pointer), Inclusion.ONLY_INCLUDE_ALL, false)) {
            return parser.nextToken() == null ? null : parser.getText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String call(String method, String parameters) {
        String id = String.valueOf(lastId.incrementAndGet());
        CompletableFuture<String> answer = new CompletableFuture<>();
        answers.put(id, answer);
        page.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":{" + parameters + "}}", true);
        return answer.orTimeout(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** What was an error in the page's scripts, its console or its loading. */
    public List<String> errors() {
        return errors;
    }

    public void open(String url) {
        call("Page.navigate", "\"url\":\"" + url + "\"");
    }

    public void look(int width, int height, boolean isPhone, boolean isDark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":" + isPhone);
        call(
                "Emulation.setEmulatedMedia",
                "\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + (isDark ? "dark" : "light") + "\"}]");
    }

    /** The value of an expression of JavaScript, as text; a promise's when it has one. */
    public String evaluate(String expression) {
        String quoted = new String(
                JsonStringEncoder.getInstance().quoteAsString("(async () => String(await (" + expression + ")))()"));
        String answer = call(
                "Runtime.evaluate", "\"expression\":\"" + quoted + "\",\"returnByValue\":true,\"awaitPromise\":true");
        String value = at("/result/result/value", answer);
        if (value == null || at("/result/exceptionDetails/text", answer) != null) {
            throw new IllegalStateException(expression + ": " + answer);
        }
        return value;
    }

    public void await(String condition) {
        Awaitility.await(condition)
                .atMost(TIME_LIMIT)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> evaluate(condition).equals("true"));
    }

    /** Presses a key on what has the focus. */
    public void press(String key, String text, int code) {
        String which = "\"key\":\"" + key + "\",\"code\":\"" + key + "\",\"windowsVirtualKeyCode\":" + code;
        call("Input.dispatchKeyEvent", "\"type\":\"keyDown\",\"text\":\"" + text + "\"," + which);
        call("Input.dispatchKeyEvent", "\"type\":\"keyUp\"," + which);
    }

    /** The whole page, however long. */
    public void screenshot(Path file) throws IOException {
        String width = evaluate("document.documentElement.clientWidth");
        String height = evaluate("document.documentElement.scrollHeight");
        String picture = at(
                "/result/data",
                call(
                        "Page.captureScreenshot",
                        "\"format\":\"png\",\"captureBeyondViewport\":true,\"clip\":{\"x\":0,\"y\":0,\"scale\":1,\"width\":"
                                + width + ",\"height\":" + height + "}"));
        Files.createDirectories(file.getParent());
        Files.write(file, Base64.getDecoder().decode(picture));
    }

    @Override
    public void close() {
        page.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().orTimeout(TIME_LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }
}
