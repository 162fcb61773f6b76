package dev.phaselock.proof;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.OperationsTableIT;
import dev.phaselock.postgres.OperationsTableIT.Case;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.SchemaText;
import dev.phaselock.run.CuttingProxy;
import dev.phaselock.run.CuttingProxy.Cut;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RUN-1 for every operation on every version: after the whole change, carried out by the runner's own code, the schema is
 * that of the plain statement; also when the connection was cut at a request of any phase and the operator began again.
 * Which requests is sampled; {@link Sample} says how to have the same again, and all of them.
 */
class CatalogueProofIT {
    private static final int KILLS = 1;

    static Stream<Case> cases() {
        return OperationsTableIT.CASES.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theSchemaIsThatOfThePlainStatementAlsoAfterAKill(Case one) {
        List<CompletableFuture<Void>> all = PgServers.all()
                .map(server -> CompletableFuture.runAsync(() -> prove(one, server), Thread::startVirtualThread))
                .toList();
        // Each of them to its end: a server is shared.
        all.forEach(version -> version.handle((_, failure) -> failure).join());
        all.forEach(CompletableFuture::join);
    }

    private static void prove(Case one, PgServer server) {
        try {
            Trial trial = new Trial(one, server, wanted(one, server));
            int requests = trial.run(null);
            for (Kill kill : kills(one, server, requests)) {
                trial.run(kill);
            }
        } catch (SQLException | IOException e) {
            throw new IllegalStateException(one + " on " + server, e);
        }
    }

    /** Where the connection is cut. */
    private record Kill(int request, Cut cut) {}

    private static List<Kill> kills(Case one, PgServer server, int requests) {
        List<Kill> kills = new ArrayList<>();
        if (Sample.FULL) {
            for (Cut cut : Cut.values()) {
                for (int request = 1; request <= requests; request++) {
                    kills.add(new Kill(request, cut));
                }
            }
            return kills;
        }
        Random random = Sample.random(one.toString(), server.major());
        List<Cut> cuts = List.of(Cut.values());
        for (int i = 0; i < KILLS; i++) {
            kills.add(new Kill(1 + random.nextInt(requests), cuts.get(random.nextInt(cuts.size()))));
        }
        return kills;
    }

    /** What a database has to be like. */
    private record Wanted(List<String> schema, List<String> rows, Optional<String> dump) {
        private static Wanted of(Case one, PgDatabase database) throws SQLException {
            // A volatile default is another one each time.
            boolean comparable = !one.change().contains("gen_random_uuid()");
            return new Wanted(
                    SchemaText.of(database), comparable ? SchemaText.rows(database) : List.of(), PgDump.of(database));
        }
    }

    private static Wanted wanted(Case one, PgServer server) throws SQLException {
        PgDatabase database = newDatabase(one, server);
        database.execute(PlainStatements.of(one, server.major()).toArray(String[]::new));
        Wanted wanted = Wanted.of(one, database);
        database.drop();
        return wanted;
    }

    private static PgDatabase newDatabase(Case one, PgServer server) throws SQLException {
        PgDatabase database = server.newDatabase();
        database.execute(one.setup().toArray(String[]::new));
        return database;
    }

    private record Trial(Case one, PgServer server, Wanted wanted) {
        /** How many requests it made. */
        private int run(@Nullable Kill kill) throws SQLException, IOException {
            String about = one + " on " + server + (kill == null ? "" : ", " + kill) + ", " + Sample.text();
            PgDatabase database = newDatabase(one, server);
            try (CuttingProxy proxy = new CuttingProxy(server.port())) {
                proxy.cutAt(kill == null ? Integer.MAX_VALUE : kill.request(), kill == null ? null : kill.cut());
                List<PhaseResult> results =
                        WholeRun.at(database, proxy.port(), List.of(one.spec())).untilItEnds();
                assertThat(results.getLast().outcome())
                        .as("%s: %s", about, results.getLast().message())
                        .isEqualTo(Outcome.DONE);
                if (kill == null) {
                    assertThat(results)
                            .as(about)
                            .extracting(PhaseResult::outcome)
                            .containsOnly(Outcome.DONE);
                }
                Wanted is = Wanted.of(one, database);
                assertThat(is.schema()).as(about).containsExactlyInAnyOrderElementsOf(wanted.schema());
                assertThat(is.rows()).as(about).containsExactlyInAnyOrderElementsOf(wanted.rows());
                assertThat(is.dump()).as(about).isEqualTo(wanted.dump());
                return proxy.requests();
            } finally {
                database.drop();
            }
        }
    }
}
