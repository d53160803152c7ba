package dev.multipath.examples;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A path as the command line gives it: {@code [LABEL=]HOST:PORT[,backup]}.
 *
 * @param label its name, or null for its address
 * @param remote where to
 * @param backup whether data go over it only while no other path delivers
 */
record RemotePath(String label, HostPort remote, boolean backup) {
    private static final Pattern FORM =
            Pattern.compile("(?:(?<label>[\\p{L}\\p{N}_.+-]{1,64})=)?(?<address>[^,=]*)(?<attributes>(?:,[^,]*)*)");

    static RemotePath to(HostPort remote) {
        return new RemotePath(null, remote, false);
    }

    /** For picocli. */
    static final class Converter implements ITypeConverter<RemotePath> {
        @Override
        public RemotePath convert(String text) {
            Matcher form = FORM.matcher(text);
            if (!form.matches()) {
                throw new TypeConversionException("'" + text + "' is not [LABEL=]HOST:PORT[,backup]");
            }
            HostPort remote = new HostPort.Converter().convert(form.group("address"));
            boolean backup = false;
            for (String attribute : form.group("attributes").split(",")) {
                switch (attribute.strip().toLowerCase(Locale.ROOT)) {
                    case "" -> {}
                    case "backup" -> backup = true;
                    default ->
                        throw new TypeConversionException(
                                "'" + attribute + "' is nothing that a path can be (known: backup)");
                }
            }
            return new RemotePath(form.group("label"), remote, backup);
        }
    }
}
