package dev.multipath.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.multipath.examples.browser.Browser;
import dev.multipath.examples.emulator.Direction;
import dev.multipath.examples.emulator.PathEmulator;
import dev.multipath.examples.emulator.PathSettings;
import dev.multipath.examples.testing.EventLoops;
import dev.multipath.path.MultipathAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The live page in a real Chromium: that which {@code MULTIPATH_CHROMIUM} names, or Debian's. What it looked like is left in
 * {@code target/dashboard}.
 */
final class DashboardPageTest {
    private static final Pattern AT = Pattern.compile("multipath: dashboard at (http://\\S+)");
    private static final Path PICTURES = Path.of("target", "dashboard");

    private static final int SESSIONS = 500;

    /** On each side of where the layout changes, and between. */
    private static final int[] WIDTHS = {1600, 1201, 1200, 900, 641, 640};

    /** Of phones. */
    private static final int[] NARROW_WIDTHS = {430, 390, 360, 320};

    private static final int ENTER = 13;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    @TempDir
    private Path directory;

    private Browser browser;

    @BeforeEach
    void startBrowser() throws Exception {
        String command = Browser.command().orElse(null);
        assumeTrue(command != null, "no Chromium: MULTIPATH_CHROMIUM names none, and Debian's is not installed");
        browser = Browser.start(command, directory);
        browser.look(1200, 900, false, false);
    }

    @AfterEach
    void stop() {
        if (browser != null) {
            browser.close();
        }
        EventLoops.shutDown(group);
    }

    private static RunningCommand echo(String... more) {
        return RunningCommand.start(List.of(more), "listen", "--bind", "127.0.0.1", "-p", "0,0", "--echo");
    }

    private static InetSocketAddress address(String hostAndPort) {
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(),
                Integer.parseInt(hostAndPort.substring(hostAndPort.lastIndexOf(':') + 1)));
    }

    private void openPageOf(RunningCommand command) {
        await().atMost(RunningCommand.TIME_LIMIT)
                .until(() ->
                        !command.isRunning() || AT.matcher(command.stderr()).find());
        Matcher at = AT.matcher(command.stderr());
        assertThat(at.find()).as(command.stderr()).isTrue();
        browser.open(at.group(1));
        browser.await("document.getElementById('connection')?.textContent === 'Live'");
    }

    // ---- what the page says of a path, and what can be done to it

    private static String row(String path) {
        return "[...document.getElementById('paths').rows].find(row => row.cells[0].textContent === '" + path + "')";
    }

    private void awaitState(String path, String state) {
        browser.await(row(path) + "?.cells[1].textContent === '" + state + "'");
    }

    private void awaitDone(String words) {
        browser.await("document.getElementById('outcome').textContent === 'Done: " + words + "'");
    }

    private void awaitChange(String words) {
        browser.await("[...document.getElementById('changes').children].some(one => one.textContent.includes('" + words
                + "'))");
    }

    private void awaitNoSidewaysScrolling() {
        browser.await("[...document.querySelectorAll('.scroll')].every(box => box.scrollWidth <= box.clientWidth)");
    }

    private PathEmulator emulate(String label, String listener) {
        return PathEmulator.builder(address(listener))
                .label(label)
                .settings(PathSettings.ofMbit(16, Duration.ofMillis(5)))
                .start(group);
    }

    /** As much as goes, until it ends. */
    private static void keepBusy(RunningCommand connect) {
        CompletableFuture.runAsync(() -> {
            byte[] data = new byte[65_536];
            try (OutputStream input = connect.input()) {
                while (connect.isRunning()) {
                    input.write(data);
                }
            } catch (IOException e) {
                // It has ended.
            }
        });
        CompletableFuture.runAsync(() -> {
            try (InputStream output = connect.output()) {
                output.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // It has ended.
            }
        });
    }

    @Test
    void shouldShowAPathThatDiesAndComesBackAndActOnPaths() throws Exception {
        try (RunningCommand listen = echo();
                PathEmulator wifi = emulate("wifi", listen.addresses().get(0));
                PathEmulator lte = emulate("lte", listen.addresses().get(1));
                RunningCommand connect = RunningCommand.start(
                        "connect",
                        "--dashboard",
                        "0",
                        "wifi=127.0.0.1:" + wifi.address().getPort(),
                        "lte=127.0.0.1:" + lte.address().getPort())) {
            keepBusy(connect);
            openPageOf(connect);
            awaitState("wifi", "ACTIVE");
            awaitState("lte", "ACTIVE");

            wifi.blackhole(Direction.TO_TARGET);
            wifi.blackhole(Direction.FROM_TARGET);
            awaitState("wifi", "STALE");
            browser.screenshot(PICTURES.resolve("stale.png"));
            wifi.restore();
            awaitState("wifi", "ACTIVE");
            awaitChange("wifi: STALE");
            awaitChange("wifi: ACTIVE");

            browser.evaluate(row("lte") + ".cells[2].children[0].click()");
            awaitDone("backup lte");
            awaitState("lte", "ACTIVE, backup");
            browser.screenshot(PICTURES.resolve("back.png"));

            // Nobody answers there any more. Without a mouse.
            lte.down();
            awaitState("lte", "DOWN");
            browser.evaluate(row("lte") + ".cells[2].children[1].focus()");
            browser.press("Enter", "\\r", ENTER);
            awaitDone("remove lte");
            awaitState("lte", "REMOVED");
            awaitChange("lte: REMOVED");
            assertThat(browser.evaluate("document.getElementById('changes').textContent"))
                    .doesNotContain("lte: REGULAR");

            for (int width : WIDTHS) {
                browser.look(width, 900, false, false);
                awaitNoSidewaysScrolling();
                browser.screenshot(PICTURES.resolve("width-" + width + ".png"));
            }

            for (int width : NARROW_WIDTHS) {
                browser.look(width, 844, true, false);
                awaitNoSidewaysScrolling();
                browser.screenshot(PICTURES.resolve("phone-" + width + ".png"));
            }

            browser.look(390, 844, true, true);
            browser.await("document.documentElement.scrollWidth <= 390");
            browser.await("document.getElementById('changes').scrollWidth <= 390");
            // What can be done to a path is in sight.
            browser.await(row("wifi") + ".cells[2].children[1].getBoundingClientRect().right <= 390");
            browser.await("getComputedStyle(document.body).backgroundColor === 'rgb(13, 17, 23)'");
            browser.screenshot(PICTURES.resolve("phone-dark.png"));
            assertThat(browser.errors()).isEmpty();
        }
    }

    @Test
    void shouldShowManySessions() throws Exception {
        try (RunningCommand listen = echo("--dashboard", "0")) {
            MultipathAddress address = MultipathAddress.of(
                    listen.addresses().stream().map(DashboardPageTest::address).toArray(InetSocketAddress[]::new));
            Bootstrap bootstrap = EchoLoad.bootstrap(group, address);
            List<Channel> sessions = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                sessions.add(bootstrap.connect().syncUninterruptibly().channel());
            }
            openPageOf(listen);
            browser.await("document.getElementById('sessions').rows.length === " + SESSIONS);
            String gap = browser.evaluate(
                    "new Promise(done => { let last = performance.now(), longest = 0; "
                            + "const until = last + 4000; const look = now => { longest = Math.max(longest, now - last); last = now; "
                            + "now < until ? requestAnimationFrame(look) : done(Math.round(longest)); }; requestAnimationFrame(look); })");
            System.out.println("live page of " + SESSIONS + " sessions: longest frame in 4 s " + gap + " ms");

            browser.evaluate(
                    "document.getElementById('sessions').rows[" + (SESSIONS - 1) + "].cells[0].firstChild.click()");
            // Its paths are its client's to add.
            browser.await("document.getElementById('add').offsetParent === null");
            browser.await("document.getElementById('detail-title').textContent.includes("
                    + "document.getElementById('sessions').rows[" + (SESSIONS - 1) + "].cells[0].textContent)");
            browser.screenshot(PICTURES.resolve("many.png"));
            browser.look(360, 780, true, false);
            awaitNoSidewaysScrolling();
            browser.await("document.documentElement.scrollWidth <= 360");
            browser.screenshot(PICTURES.resolve("many-phone.png"));
            sessions.forEach(Channel::close);
            browser.await("document.getElementById('sessions').rows.length === 0");
            assertThat(browser.errors()).isEmpty();
        }
    }
}
