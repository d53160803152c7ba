package dev.multipath.examples;

import dev.multipath.examples.demo.GoodputPlot;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A file name, which tells the format. */
final class PlotConverter implements ITypeConverter<GoodputPlot> {
    @Override
    public GoodputPlot convert(String text) {
        try {
            return new GoodputPlot(Path.of(text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
