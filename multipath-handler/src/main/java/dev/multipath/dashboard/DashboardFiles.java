package dev.multipath.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The page's files, ours and uPlot's, as they come to a browser. */
final class DashboardFiles {

    private static final String WEBJAR = "org.webjars.npm/uplot";

    /** @param type its media type */
    record File(String type, byte[] content) {}

    private final Map<String, File> files = new LinkedHashMap<>();

    /** @throws IllegalStateException if the WebJar is not on the class path */
    DashboardFiles() {
        add("", "text/html; charset=utf-8", "index.html");
        add("dashboard.js", "text/javascript; charset=utf-8", "dashboard.js");
        add("charts.js", "text/javascript; charset=utf-8", "charts.js");
        add("dashboard.css", "text/css; charset=utf-8", "dashboard.css");
        String uplot = "META-INF/resources/webjars/uplot/" + version() + "/dist/";
        add("uplot.js", "text/javascript; charset=utf-8", uplot + "uPlot.iife.min.js");
        add("uplot.css", "text/css; charset=utf-8", uplot + "uPlot.min.css");
    }

    /** The file of that name; null if there is none. */
    File find(String name) {
        return files.get(name);
    }

    private void add(String name, String type, String resource) {
        files.put(name, new File(type, read(resource)));
    }

    private static String version() {
        Properties properties = new Properties();
        try (InputStream in = open("META-INF/maven/" + WEBJAR + "/pom.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static byte[] read(String resource) {
        try (InputStream in = open(resource)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ours are beside this class. The WebJar's are another module's, which a class does not see, but its loader does. */
    private static InputStream open(String resource) {
        InputStream in = resource.startsWith("META-INF")
                ? DashboardFiles.class.getClassLoader().getResourceAsStream(resource)
                : DashboardFiles.class.getResourceAsStream(resource);
        if (in == null) {
            throw new IllegalStateException(
                    resource + " is not on the class path (the page needs the WebJar org.webjars.npm:uplot)");
        }
        return in;
    }
}
