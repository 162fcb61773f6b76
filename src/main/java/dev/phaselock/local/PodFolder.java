package dev.phaselock.local;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a pod's files lie on this machine.
 *
 * @param root named by the pod's uid
 */
record PodFolder(Path root) {
    /** The longest termination message that a kubelet passes on, in bytes; of a longer one it takes the end. */
    static final int MESSAGE_LIMIT = 4096;

    private static final int FALLBACK_BYTES = 2048;
    private static final int FALLBACK_LINES = 80;

    /** The container's working directory. */
    Path work() {
        return root.resolve("work");
    }

    Path volume(String name) {
        return root.resolve("volumes").resolve(name);
    }

    /** What the container has written to its standard output and error. */
    Path log() {
        return root.resolve("container.log");
    }

    Path terminationMessage() {
        return root.resolve("termination-message");
    }

    /** Which process the container is. */
    Path process() {
        return root.resolve("process");
    }

    /** Makes what is not there yet. */
    void create() throws IOException {
        PrivateFiles.folder(work());
        for (Path file : List.of(log(), terminationMessage())) {
            if (!Files.exists(file)) {
                PrivateFiles.write(file, "");
            }
        }
    }

    /**
     * What the container leaves as its message.
     *
     * @param orElseLog whether the end of the log serves where there is no message
     */
    String readTerminationMessage(boolean orElseLog) throws IOException {
        String message = end(terminationMessage(), MESSAGE_LIMIT);
        if (!message.isEmpty() || !orElseLog) {
            return message;
        }
        List<String> lines = end(log(), FALLBACK_BYTES).lines().toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - FALLBACK_LINES), lines.size()));
    }

    private static String end(Path path, int bytes) throws IOException {
        if (!Files.exists(path)) {
            return "";
        }
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            file.seek(Math.max(0, file.length() - bytes));
            byte[] end = new byte[(int) Math.min(bytes, file.length())];
            file.readFully(end);
            return new String(end, StandardCharsets.UTF_8);
        }
    }
}
