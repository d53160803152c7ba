package dev.multipath.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The session that docs/PROTOCOL.md tells byte by byte, section 9: happens what it says, and the real ends write exactly these
 * bytes at these times.
 */
class WorkedSessionTest {

    private static final Pattern BYTES = Pattern.compile("( *\\d+) ms +([cs]\\d)  ([0-9a-f ]+?)(  +.*)?");
    private static final Pattern ACTION = Pattern.compile(" *(\\d+) ms +(the (client|server) )?(.+)");
    private static final Pattern QUOTED = Pattern.compile("\"(.*)\"");

    private final WorkedSession session = new WorkedSession();
    private final List<String> told = new ArrayList<>();

    @AfterEach
    void release() {
        session.release();
    }

    @Test
    void shouldHappenAsItIsTold() throws IOException {
        readStory();

        List<String> written = session.run(10_000);

        assertThat(String.join("\n", written)).isEqualTo(String.join("\n", told));
        assertThat(session.end("server").received()).isEqualTo("hello, world");
        assertThat(session.end("client").received()).isEqualTo("goodbye");
        for (String name : List.of("client", "server")) {
            assertThat(session.end(name).session().isOver()).as(name).isTrue();
            assertThat(session.end(name).session().failure()).as(name).isNull();
        }
    }

    private void readStory() throws IOException {
        String document = Files.readString(Path.of("../docs/PROTOCOL.md"));
        int begin = document.indexOf("```\n", document.indexOf("\n## 9. ")) + 4;
        document.substring(begin, document.indexOf("```", begin)).lines().forEach(this::readLine);
    }

    private void readLine(String line) {
        Matcher bytes = BYTES.matcher(line);
        Matcher action = ACTION.matcher(line);
        if (bytes.matches()) {
            told.add(bytes.group(1).strip() + " ms " + bytes.group(2) + " "
                    + bytes.group(3).replace(" ", ""));
        } else if (action.matches()) {
            long atMillis = Long.parseLong(action.group(1));
            String name = action.group(3);
            String what = action.group(4);
            session.plan(atMillis, () -> act(name, what));
        } else {
            assertThat(line).as("a line that says nothing").isBlank();
        }
    }

    private void act(String name, String what) {
        if (what.startsWith("dials")) {
            session.dial();
        } else if (what.startsWith("subflow 0 is lost")) {
            session.lose(0);
        } else if (what.startsWith("writes")) {
            Matcher text = QUOTED.matcher(what);
            assertThat(text.find()).as(what).isTrue();
            session.end(name).send(text.group(1));
        } else if (what.startsWith("calls subflow 1 a backup")) {
            session.end(name).setBackup(1);
        } else if (what.startsWith("ends its output")) {
            session.end(name).endOutput();
        } else {
            assertThat(what).startsWith("closes");
            session.end(name).close();
        }
    }
}
