package dev.phaselock.local;

import java.io.IOException;
import java.util.List;

/** Runs a program to its end. */
final class Command {
    private Command() {}

    /**
     * What it says, on both of its outputs.
     *
     * @throws IOException when it cannot be started or fails; the message has what it said
     */
    static String output(String... command) throws IOException {
        return output(List.of(command));
    }

    /** Likewise. */
    static String output(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (var output = process.inputReader()) {
            String text = output.readAllAsString();
            int exitCode = process.waitFor();
            if (exitCode != 0) {
                throw new IOException(
                        String.join(" ", command) + " failed with exit code " + exitCode + ": " + text.strip());
            }
            return text;
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + command.getFirst() + " ran", e);
        }
    }
}
