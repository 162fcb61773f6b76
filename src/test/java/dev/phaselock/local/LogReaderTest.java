package dev.phaselock.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogReaderTest {
    private static final String LONG_LINE = "x".repeat(20_000) + "\n";

    @TempDir
    private Path temp;

    @Test
    void beginsAtTheLastLines() throws Exception {
        assertThat(last(1, "one\ntwo\nthree\n")).isEqualTo("three\n");
        assertThat(last(2, "one\ntwo\nthree\n")).isEqualTo("two\nthree\n");
        assertThat(last(9, "one\ntwo\nthree\n")).isEqualTo("one\ntwo\nthree\n");
        assertThat(last(0, "one\ntwo\n")).isEmpty();
    }

    @Test
    void anUnfinishedLastLineIsALine() throws Exception {
        assertThat(last(1, "one\ntwo")).isEqualTo("two");
    }

    @Test
    void emptyLinesAreLines() throws Exception {
        assertThat(last(2, "one\n\n\n")).isEqualTo("\n\n");
        assertThat(last(1, "")).isEmpty();
    }

    @Test
    void aLineMayBeLongerThanABlock() throws Exception {
        assertThat(last(1, "one\n" + LONG_LINE)).isEqualTo(LONG_LINE);
        assertThat(last(2, LONG_LINE + LONG_LINE + LONG_LINE)).isEqualTo(LONG_LINE + LONG_LINE);
    }

    private String last(int lines, String content) throws IOException {
        Path file = temp.resolve("log");
        Files.writeString(file, content);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (LogReader reader = new LogReader(file)) {
            reader.skipToLast(lines);
            reader.copy(read, Long.MAX_VALUE, () -> true);
        }
        return read.toString(StandardCharsets.UTF_8);
    }
}
