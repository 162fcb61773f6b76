package dev.phaselock.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** One call of the command line: what it exited with and what it said. */
record CommandRun(int exit, String out, String err) {

    /** In this JVM. */
    static CommandRun of(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commandLine = PhaselockCommand.commandLine();
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return new CommandRun(commandLine.execute(arguments), out.toString(), err.toString());
    }

    /** A process of its own, as people start it; its output goes into files of the folder. */
    static Process process(Path folder, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                // A build in the background may ignore Ctrl-C, which its children inherit.
                "env",
                "--default-signal=INT",
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().remove("DATABASE_URL");
        return builder.start();
    }

    /** How a process ended. */
    static CommandRun ended(Process process, Path folder) throws IOException, InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it did not end: " + Files.readString(folder.resolve("out")));
        }
        return new CommandRun(
                process.exitValue(), Files.readString(folder.resolve("out")), Files.readString(folder.resolve("err")));
    }

    JsonNode json() {
        try {
            return new ObjectMapper().readTree(out);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not one JSON document: " + out, e);
        }
    }
}
