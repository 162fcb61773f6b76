package dev.phaselock.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.local.LocalPostgres;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark itself, small: it changes its server's settings and drops tables, so it gets one of its own. */
class LockBenchIT {
    @Test
    void aPlainAlterMakesWritersWaitAndPhaselockDoesNot(@TempDir Path folder) throws Exception {
        PgServer server = PgServers.startOwn(17);
        StringWriter progress = new StringWriter();
        boolean whole;
        try {
            whole = new LockBench(
                            new LockBench.Plan(
                                    List.of("one-long"),
                                    List.of("plain", "gitlab", "phaselock", "no-ddl"),
                                    List.of(11L),
                                    Duration.ofSeconds(20),
                                    10_000,
                                    2_000,
                                    null),
                            _ -> onServer(server.local()),
                            new PrintWriter(progress, true))
                    .run(folder);
        } finally {
            server.local().delete();
        }

        assertThat(whole).as(progress.toString()).isTrue();
        Map<String, JsonNode> lines = lines(folder.resolve("results.jsonl"));
        assertThat(lines).containsOnlyKeys("plain", "gitlab", "phaselock", "no-ddl");
        assertThat(lines.values()).allSatisfy(line -> {
            assertThat(line.path("writes").asInt()).isPositive();
            assertThat(line.path("longestWriteMillis").asDouble()).isPositive();
            assertThat(line.path("failures")).isEmpty();
        });
        JsonNode plain = lines.get("plain");
        JsonNode phaselock = lines.get("phaselock");
        assertThat(plain.path("acquiredMillis").asDouble()).isPositive();
        assertThat(phaselock.path("acquiredMillis").asDouble()).isPositive();
        assertThat(phaselock.path("tries").asInt()).isPositive();
        assertThat(longestWait(plain)).isGreaterThan(longestWait(phaselock));
        assertThat(longestWait(lines.get("no-ddl"))).isZero();
        // The clock is read a little earlier or later; a shorter window would have less time for a slow write.
        assertThat(lines.get("no-ddl").path("windowMillis").asDouble())
                .isGreaterThan(phaselock.path("windowMillis").asDouble() - 50);
        assertThat(folder.resolve("results.md")).content().contains("| **Phaselock** | 1 of 1 |");
        assertThat(folder.resolve("longest-one-long.svg")).content().contains("Phaselock");
        assertThat(folder.resolve("writes-one-long.svg")).content().contains("plain ALTER: longest write");
        assertThat(progress.toString()).contains("seed 11", "4/4");
    }

    private static double longestWait(JsonNode line) {
        return line.path("attributed").path("longestMillis").asDouble();
    }

    private static Map<String, JsonNode> lines(Path file) throws IOException {
        Map<String, JsonNode> lines = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            JsonNode document = new ObjectMapper().readTree(line);
            lines.put(document.path("policy").asText(), document);
        }
        return lines;
    }

    /** One that the test ends. */
    private static Servers.Server onServer(LocalPostgres local) {
        return new Servers.Server() {
            @Override
            public Database database() {
                return LockBenchIT.database(local);
            }

            @Override
            public void close() {}
        };
    }

    /** The database {@code postgres} of a server. */
    static Database database(LocalPostgres local) {
        String user = LocalPostgres.SUPERUSER;
        return new Database(
                local.jdbcUrl("postgres") + "?user=" + user + "&password=" + local.password(),
                local.url(user, local.password(), "postgres"));
    }
}
