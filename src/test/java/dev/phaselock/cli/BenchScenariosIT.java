package dev.phaselock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.bench.LockBench;
import dev.phaselock.postgres.PgServers;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each hard case of the benchmark in small: Phaselock gets the lock, and nobody waits for it for long. */
class BenchScenariosIT {
    /** What may be waited for at most: a try's timeout and what the statement takes. */
    private static final double LONGEST_WAIT_MILLIS = 250;

    @ParameterizedTest
    @CsvSource({
        "prepared, 17",
        "dump, 17",
        "wraparound, 17",
        "index-build, 17",
        "another, 17",
        "deadlock, 17",
        "logical, 17",
        "standby, 17",
        "pooler, 17",
        "no-monitor, 17",
        "wraparound, 13",
        "no-monitor, 13",
        "standby, 18"
    })
    void phaselockGetsTheLockAndNobodyWaits(String scenario, int version, @TempDir Path folder) throws Exception {
        StringWriter progress = new StringWriter();
        boolean whole = new LockBench(
                        new LockBench.Plan(
                                List.of(scenario),
                                List.of("phaselock"),
                                List.of(11L),
                                Duration.ofSeconds(40),
                                10_000,
                                2_000,
                                null),
                        site -> BenchServer.start(PgServers.binaries(version), site, Path.of("build", "pgbouncer")),
                        new PrintWriter(progress, true))
                .run(folder);

        assertThat(whole).as(progress.toString()).isTrue();
        List<String> lines = Files.readAllLines(folder.resolve("results.jsonl"));
        assertThat(lines).hasSize(1);
        JsonNode line = new ObjectMapper().readTree(lines.getFirst());
        assertThat(line.path("acquiredMillis").isNumber()).as(lines.getFirst()).isTrue();
        assertThat(line.path("attributed").path("longestMillis").asDouble())
                .as(lines.getFirst())
                .isLessThan(LONGEST_WAIT_MILLIS);
        assertThat(line.path("writes").asInt()).isPositive();
        assertThat(line.path("failures")).as("writes that failed").isEmpty();
    }
}
