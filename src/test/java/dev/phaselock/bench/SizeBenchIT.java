package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SizeBenchIT {
    @Test
    void theReadOfTheRowsMakesWritersWaitForAPlainAlterOnly(@TempDir Path folder) throws Exception {
        PgServer server = PgServers.startOwn(17);
        try {
            new SizeBench(
                            List.of(300_000),
                            List.of(1L),
                            LockBenchIT.database(server.local()),
                            new PrintWriter(new StringWriter()))
                    .run(folder);
        } finally {
            server.local().delete();
        }

        assertThat(Files.readAllLines(folder.resolve("sizes.jsonl"))).hasSize(3);
        assertThat(longestWait(folder, "PLAIN"))
                .isGreaterThan(longestWait(folder, "PHASELOCK"))
                .isGreaterThan(longestWait(folder, "BY_HAND"));
        assertThat(folder.resolve("sizes.md")).content().contains("| 300,000 | Phaselock |");
        assertThat(folder.resolve("sizes.svg")).content().contains("300,000");
    }

    private static double longestWait(Path folder, String way) throws Exception {
        for (String line : Files.readAllLines(folder.resolve("sizes.jsonl"))) {
            JsonNode document = new ObjectMapper().readTree(line);
            if (document.path("way").asText().equals(way)) {
                assertThat(document.path("millis").asDouble()).isPositive();
                assertThat(document.path("longestMillis").isNumber()).isTrue();
                return document.path("longestMillis").asDouble();
            }
        }
        throw new AssertionError("no line of " + way);
    }
}
