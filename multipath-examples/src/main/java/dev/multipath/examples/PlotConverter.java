package dev.multipath.examples;

import dev.multipath.examples.demo.GoodputPlot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A file name, which tells the format; that it cannot be written there, nobody wants to learn after the run. */
final class PlotConverter implements ITypeConverter<GoodputPlot> {
    @Override
    public GoodputPlot convert(String text) {
        try {
            Path file = Path.of(text);
            GoodputPlot plot = new GoodputPlot(file);
            if (!Files.isDirectory(file.toAbsolutePath().getParent())) {
                throw new TypeConversionException("'" + text + "': there is no such directory");
            }
            if (Files.isDirectory(file)) {
                throw new TypeConversionException("'" + text + "' is a directory");
            }
            if (!Files.isWritable(
                    Files.exists(file) ? file : file.toAbsolutePath().getParent())) {
                throw new TypeConversionException("'" + text + "' may not be written");
            }
            GoodputPlot.requireFonts();
            return plot;
        } catch (IllegalArgumentException | IOException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
