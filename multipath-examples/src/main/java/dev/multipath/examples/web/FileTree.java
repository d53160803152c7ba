package dev.multipath.examples.web;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The files below a directory, as URIs name them. Nothing outside is found, by {@code ..}, by a link or otherwise, and nothing whose
 * name begins with a dot.
 */
public final class FileTree {
    private static final String INDEX = "index.html";

    private final Path root;

    /** Where a backslash parts names, and a colon ends that of a drive. Elsewhere both may be in a file's name. */
    private final boolean isOfWindows;

    /**
     * Of a directory.
     *
     * @throws IOException if it is none, or may not be read
     */
    public FileTree(Path directory) throws IOException {
        root = directory.toRealPath();
        isOfWindows = root.getFileSystem().getSeparator().equals("\\");
        if (!Files.isDirectory(root)) {
            throw new NotDirectoryException(directory.toString());
        }
        // Whether it may be read, only an attempt tells.
        Files.newDirectoryStream(root).close();
    }

    /** What a URI leads to. */
    sealed interface Found permits File, Listing, Moved, Nothing {}

    /** Nothing that anybody may see. */
    record Nothing() implements Found {}

    /** A directory's name lacks its slash, without which the links in it would lead elsewhere. */
    record Moved(String to) implements Found {}

    /** A directory without a page of its own. */
    record Listing(String html) implements Found {}

    /** A file as it is now. */
    record File(Path path, long size, Date modified, String etag, String type) implements Found {
        /** Whether one of a header's tags is this file's; weakly, as a cache compares. */
        boolean isOneOf(String tags) {
            return tags.strip().equals("*")
                    || Arrays.stream(tags.split(","))
                            .map(tag -> tag.strip().replaceFirst("^W/", ""))
                            .anyMatch(etag::equals);
        }
    }

    Found find(String uri) throws IOException {
        String path;
        Path asked;
        try {
            path = new QueryStringDecoder(uri).path();
            asked = resolve(path);
        } catch (IllegalArgumentException e) {
            return new Nothing(); // not even decodable, or no name of this file system
        }
        Path real = asked == null ? null : real(asked);
        if (real == null) {
            return new Nothing();
        }
        if (!Files.isDirectory(real)) {
            return path.endsWith("/") ? new Nothing() : file(real);
        }
        if (!path.endsWith("/")) {
            return new Moved(encode(path) + "/");
        }
        Path index = real.resolve(INDEX);
        if (Files.isRegularFile(index) && index.toRealPath().startsWith(root)) {
            return file(index);
        }
        return Files.isReadable(real) ? new Listing(list(real, path)) : new Nothing();
    }

    /** Null for what is not to be seen. */
    private Path resolve(String path) throws InvalidPathException {
        if (!path.startsWith("/") || isOfWindows && (path.indexOf('\\') >= 0 || path.indexOf(':') >= 0)) {
            return null;
        }
        Path asked = root;
        for (String name : path.split("/")) {
            if (name.startsWith(".")) {
                return null;
            }
            asked = name.isEmpty() ? asked : asked.resolve(name);
        }
        return asked;
    }

    /** Where a name leads in the end; null if that is outside, or nothing that can be served. */
    private Path real(Path asked) throws IOException {
        if (!Files.exists(asked)) {
            return null;
        }
        Path real = asked.toRealPath();
        boolean isServed = Files.isDirectory(real) || Files.isRegularFile(real) && Files.isReadable(real);
        return isServed && real.startsWith(root) ? real : null;
    }

    private static File file(Path path) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        String etag = "\"" + Long.toHexString(attributes.size()) + "-"
                + Long.toHexString(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS)) + "\"";
        String type = Files.probeContentType(path);
        return new File(
                path,
                attributes.size(),
                new Date(attributes.lastModifiedTime().toMillis()),
                etag,
                type == null ? "application/octet-stream" : type.startsWith("text/") ? type + "; charset=utf-8" : type);
    }

    /** What is there, but for what would not be found if it were asked for. */
    private String list(Path directory, String path) throws IOException {
        StringBuilder html = new StringBuilder("<!doctype html><meta charset=utf-8><title>")
                .append(escape(path))
                .append("</title><h1>")
                .append(escape(path))
                .append("</h1><ul>");
        if (!path.equals("/")) {
            html.append("<li><a href=\"../\">../</a>");
        }
        List<Path> entries;
        try (Stream<Path> all = Files.list(directory)) {
            entries = all.sorted().toList();
        }
        for (Path entry : entries) {
            String name = entry.getFileName() + (Files.isDirectory(entry) ? "/" : "");
            if (!name.startsWith(".") && real(entry) != null) {
                html.append("<li><a href=\"./")
                        .append(escape(encode(name)))
                        .append("\">")
                        .append(escape(name))
                        .append("</a>");
            }
        }
        return html.append("</ul>").toString();
    }

    private static String encode(String path) {
        return URLEncoder.encode(path, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .replace("%2F", "/");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
