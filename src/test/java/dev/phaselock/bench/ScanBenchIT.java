package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScanBenchIT {
    @Test
    void eachTaskIsDoneByEachWay(@TempDir Path folder) throws Exception {
        PgServer server = PgServers.startOwn(17);
        try {
            new ScanBench(
                            List.of(20_000),
                            List.of(1L),
                            LockBenchIT.database(server.local()),
                            new PrintWriter(new StringWriter()))
                    .run(folder);
        } finally {
            server.local().delete();
        }

        assertThat(Files.readAllLines(folder.resolve("scans.jsonl")))
                .hasSize(7)
                .allMatch(line -> line.matches(".*\"millis\":[0-9.]+.*"))
                .anyMatch(line -> line.contains("\"INDEX\"") && line.contains("\"PHASELOCK\""));
        assertThat(folder.resolve("scans.md"))
                .content()
                .contains("| 20,000 | validate a foreign key | Phaselock |")
                .contains("| 20,000 | look for rows that violate a check | bare, parallel workers |");
    }
}
