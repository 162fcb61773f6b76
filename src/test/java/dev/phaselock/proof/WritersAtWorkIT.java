package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.api.LocksSpec;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.OperationsTableIT;
import dev.phaselock.postgres.OperationsTableIT.Case;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.SchemaText;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation with writers at work, one of whom has not ended for 1.5 seconds: none of them waits longer for the
 * change than one try may last and what was held. On a version that {@link Sample} chooses, or on all.
 *
 * <p>No time of this machine is expected: what is allowed grows with what the same run measured, the pauses of whoever looks
 * among it. A plain statement makes them wait for the one who does not end, and is caught.
 */
class WritersAtWorkIT {
    private static final Duration TIMEOUT = Duration.ofMillis(100);
    private static final Duration UNENDED = Duration.ofMillis(1_500);

    /** A case on a version. */
    private record Trial(Case one, PgServer server) {
        @Override
        public String toString() {
            return one + " on " + server;
        }
    }

    static Stream<Trial> trials() {
        return OperationsTableIT.CASES.stream().flatMap(one -> versions(one).map(server -> new Trial(one, server)));
    }

    private static Stream<PgServer> versions(Case one) {
        return Sample.FULL
                ? PgServers.all()
                : Stream.of(PgServers.of(
                        13 + Sample.random("writers", one.toString()).nextInt(6)));
    }

    /** Twice, for the machine may take its time between the end of a try and the look that no longer sees it. */
    private static Duration allowed(Duration held, WriterWaits waits) {
        return TIMEOUT.plus(held).plus(waits.largestGap()).multipliedBy(2);
    }

    @ParameterizedTest
    @MethodSource("trials")
    void noWriteWaitsLongerThanOneTryAndTheStatementItself(Trial trial) throws Exception {
        PgDatabase database = shop(trial);
        List<PhaseResult> results;
        try (WriterWaits waits = WriterWaits.start(database)) {
            try (Writers writers = Writers.start(database, UNENDED)) {
                results = new WholeRun(
                                database,
                                trial.server().port(),
                                List.of(trial.one().spec()),
                                new LocksSpec(TIMEOUT.toMillis() + "ms", "5s", "120s"))
                        .untilItEnds();
                await().atMost(Duration.ofSeconds(60)).until(() -> writers.writes() > 0);
            }
            Duration held = Duration.ofMillis(results.stream()
                    .mapToLong(result -> result.report().heldMillis())
                    .max()
                    .orElse(0));
            System.out.printf(
                    "%s: the longest wait %d ms, held %d ms, %d tries, gap %d ms%n",
                    trial,
                    waits.longest().toMillis(),
                    held.toMillis(),
                    results.stream().mapToInt(result -> result.report().tries()).sum(),
                    waits.largestGap().toMillis());
            assertThat(results.getLast().outcome())
                    .as("%s, %s: %s", trial, Sample.text(), results.getLast().message())
                    .isEqualTo(Outcome.DONE);
            assertThat(waits.longest()).as("%s, %s", trial, Sample.text()).isLessThanOrEqualTo(allowed(held, waits));
        }
        PgDatabase plain = shop(trial);
        plain.execute(PlainStatements.of(trial.one(), trial.server().major()).toArray(String[]::new));
        assertThat(SchemaText.of(database)).containsExactlyInAnyOrderElementsOf(SchemaText.of(plain));
    }

    static Stream<PgServer> ends() {
        return Stream.of(PgServers.of(13), PgServers.newest());
    }

    /** What this measures by: it sees a wait that is too long. */
    @ParameterizedTest
    @MethodSource("ends")
    void aPlainStatementIsSeenToMakeThemWaitForWhoeverDoesNotEnd(PgServer server) throws Exception {
        Case check = OperationsTableIT.CASES.stream()
                .filter(one -> one.toString().equals("addCheck"))
                .findFirst()
                .orElseThrow();
        PgDatabase database = shop(new Trial(check, server));
        // As long as it takes to be longer than allowed on this machine.
        Duration unended = UNENDED;
        for (int attempt = 0; attempt < 4; attempt++) {
            try (WriterWaits waits = WriterWaits.start(database);
                    Connection connection = database.connect();
                    Statement statement = connection.createStatement()) {
                statement.execute("SET application_name = 'phaselock/not/it'");
                try (Writers writers = Writers.start(database, unended)) {
                    statement.execute("ALTER TABLE orders ADD CHECK (total >= 0)");
                    await().atMost(Duration.ofSeconds(60)).until(() -> writers.writes() > 0);
                }
                if (waits.longest().compareTo(allowed(Duration.ZERO, waits)) > 0) {
                    return;
                }
            }
            unended = unended.multipliedBy(2);
        }
        throw new AssertionError("a plain statement was not seen to make writers wait");
    }

    private static PgDatabase shop(Trial trial) throws Exception {
        PgDatabase database = trial.server().newDatabase();
        database.execute(trial.one().setup().toArray(String[]::new));
        return database;
    }
}
