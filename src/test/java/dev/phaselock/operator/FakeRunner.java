package dev.phaselock.operator;

import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.ResultJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * What the stand-in node runs in place of the real runner: a shell script that prints a prepared line of progress, waits
 * for as long as it is held, and leaves a prepared result. It keeps the runner's side of the contract: request, result
 * and exit codes, SIGTERM.
 */
final class FakeRunner {
    private static final String SCRIPT = """
            #!/bin/sh
            field() { printf %s "$PHASELOCK_REQUEST" | sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"; }
            folder=$1/$(field change)
            phase=$(field phase)
            mkdir -p "$folder"
            echo "$phase" >> "$folder/calls"
            printf %s "$PHASELOCK_REQUEST" > "$folder/$phase.request"
            end() { echo "$phase" >> "$folder/ended"; tail -n +2 "$folder/$1" > "$PHASELOCK_RESULT"; exit "$(head -n 1 "$folder/$1")"; }
            trap 'end interrupted.result' TERM
            [ -f "$folder/$phase.progress" ] && cat "$folder/$phase.progress"
            while [ -f "$folder/$phase.hold" ]; do
              if [ -f "$folder/$phase.kill" ]; then rm "$folder/$phase.kill"; kill -9 $$; fi
              sleep 0.05
            done
            [ -f "$folder/$phase.result" ] || exit 3
            end "$phase.result"
            """;

    private final Path folder;
    private final Path script;

    FakeRunner(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("scenarios")).toAbsolutePath();
        Path script = folder.resolve("runner.sh");
        Files.writeString(script, SCRIPT);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        this.script = script.toAbsolutePath();
    }

    List<String> entrypoint() {
        return List.of(script.toString(), folder.toString());
    }

    /** How the Jobs of one change go. */
    Scenario of(String namespace, String change) {
        return new Scenario(folder.resolve(namespace).resolve(change));
    }

    /** How the Jobs of one change go; may be changed at any time. */
    static final class Scenario {
        private final Path folder;

        private Scenario(Path folder) {
            this.folder = folder;
            ends(
                    "interrupted",
                    Results.result(
                            PhaseResult.Outcome.INTERRUPTED, dev.phaselock.plan.Reason.INTERRUPTED, "Asked to stop."));
        }

        /** A phase ends like this from now on. */
        Scenario ends(String phase, PhaseResult result) {
            return write(phase + ".result", result.outcome().exitCode() + "\n" + ResultJson.writeResult(result));
        }

        /** A phase crashes: no result, exit code 3. */
        Scenario crashes(String phase) {
            return delete(phase + ".result");
        }

        /** A phase prints this first. */
        Scenario prints(String phase, PhaseProgress progress) {
            return write(phase + ".progress", ResultJson.write(progress) + "\n");
        }

        /** A phase does not end before it is let go. */
        Scenario holds(String phase) {
            return write(phase + ".hold", "");
        }

        Scenario letsGo(String phase) {
            return delete(phase + ".hold");
        }

        /** A phase that is held dies of SIGKILL, once, as when it is out of memory. */
        Scenario isKilled(String phase) {
            return write(phase + ".kill", "");
        }

        /** The phases that have come to their end so far. */
        List<String> ended() {
            return lines("ended");
        }

        /** The phases of the Jobs that were started so far. */
        List<String> calls() {
            return lines("calls");
        }

        String request(String phase) {
            return String.join("", lines(phase + ".request"));
        }

        private List<String> lines(String file) {
            try {
                Path path = folder.resolve(file);
                return Files.exists(path) ? Files.readAllLines(path) : List.of();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private Scenario write(String file, String text) {
            try {
                Files.createDirectories(folder);
                Path temporary = Files.writeString(folder.resolve(file + ".new"), text);
                Files.move(temporary, folder.resolve(file), StandardCopyOption.ATOMIC_MOVE);
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private Scenario delete(String file) {
            try {
                Files.deleteIfExists(folder.resolve(file));
                return this;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
