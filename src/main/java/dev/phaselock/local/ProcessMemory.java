package dev.phaselock.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How much memory a process of this machine takes, as Linux tells it in {@code /proc}.
 *
 * @param residentMib all of it that is in memory, MiB
 * @param notOfFilesMib of that, what cannot be given back, for no file has it, MiB
 */
public record ProcessMemory(long residentMib, long notOfFilesMib) {

    /**
     * What it takes now.
     *
     * @throws IOException when the process is gone
     */
    public static ProcessMemory of(ProcessHandle process) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"));
        return new ProcessMemory(mib(lines, "VmRSS"), mib(lines, "RssAnon"));
    }

    private static long mib(List<String> lines, String name) {
        return lines.stream()
                        .filter(line -> line.startsWith(name + ":"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                        .findFirst()
                        .orElseThrow()
                / 1024;
    }
}
