package dev.phaselock.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of SQL that are named on the command line. */
final class SqlFiles {
    private SqlFiles() {}

    /**
     * The text of a file, or of standard input for {@code -}.
     *
     * @throws CharacterCodingException if it is not UTF-8
     */
    static String read(String file) throws IOException {
        byte[] bytes = file.equals("-") ? System.in.readAllBytes() : Files.readAllBytes(Path.of(file));
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }
}
