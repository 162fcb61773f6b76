package dev.phaselock.run;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.Reason;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.PgServers.Replicated;
import dev.phaselock.run.CuttingProxy.Cut;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A primary and a standby that streams from it: addresses of both, and a failover at any moment of a phase. */
class StandbyIT {
    private static final List<String> STATES = List.of(
            "null",
            "FOREIGN KEY (customer_id) REFERENCES customers(id) NOT VALID",
            "FOREIGN KEY (customer_id) REFERENCES customers(id)");

    @ParameterizedTest
    @ValueSource(ints = {13, 18})
    void aStandbyIsRefusedAndOfSeveralHostsThePrimaryIsTaken(int major, @TempDir Path secret) throws Exception {
        try (Replicated servers = replicated(major)) {
            PgDatabase primary = servers.primary().database("shop");
            PgDatabase standby = servers.standby().database("shop");
            String hash =
                    WholeChange.foreignKey(primary.url()).preflight().plan().hash();
            WholeChange misled = WholeChange.foreignKey(standby.url());
            for (PhaseResult result :
                    List.of(misled.preflight(), misled.run("1-apply", hash), misled.run("2-validate", hash))) {
                assertThat(result.outcome()).isEqualTo(Outcome.REFUSED);
                assertThat(result.reason()).isEqualTo(Reason.READ_ONLY);
                assertThat(result.message()).contains("the server is a standby: connect to the primary");
            }

            String both = url(servers.standby().port(), servers.primary());
            for (String attributes : List.of("", "?target_session_attrs=read-write", "?target_session_attrs=primary")) {
                primary.execute("ALTER TABLE orders DROP CONSTRAINT IF EXISTS wanted");
                assertThat(WholeChange.foreignKey(both + attributes).runAll())
                        .hasSize(3)
                        .allSatisfy(result -> assertThat(result.outcome())
                                .as(result.message())
                                .isEqualTo(Outcome.DONE));
                assertThat(WholeChange.wanted(primary)).doesNotContain("NOT VALID");
            }

            // As the keys of a Secret have them.
            Files.writeString(secret.resolve("host"), "127.0.0.1,127.0.0.1");
            Files.writeString(
                    secret.resolve("port"),
                    servers.standby().port() + "," + servers.primary().port());
            Files.writeString(secret.resolve("dbname"), "shop");
            Files.writeString(
                    secret.resolve("user"), servers.primary().superuser().name());
            Files.writeString(
                    secret.resolve("password"), servers.primary().superuser().password());
            primary.execute("ALTER TABLE orders DROP CONSTRAINT wanted");
            WholeChange bySecret = new WholeChange(
                    () -> ConnectionSettings.ofSecret(secret, null, null, WholeChange.ANY_DATABASE),
                    WholeChange.ANY_DATABASE,
                    List.of(WholeChange.FOREIGN_KEY));
            assertThat(bySecret.runAll().getLast().validated()).isTrue();

            PgServers.kill(servers.primary());
            PhaseResult nobody = WholeChange.foreignKey(both).preflight();
            assertThat(nobody.outcome()).isEqualTo(Outcome.TRANSIENT);
            assertThat(nobody.reason()).as(nobody.message()).isIn(Reason.READ_ONLY, Reason.CONNECTION_FAILED);
            assertThat(nobody.message()).contains("is a primary").contains("tried again");
        }
    }

    /** At how many hundredths of a phase's requests the primary ends. */
    @ParameterizedTest
    @CsvSource({
        "13, 1-apply, 60",
        "13, 2-validate, 60",
        "18, 1-apply, 30",
        "18, 1-apply, 60",
        "18, 1-apply, 90",
        "18, 2-validate, 60",
        "18, 2-validate, 90"
    })
    void aFailoverWhileAPhaseRunsEndsAsIfItHadNotBeen(int major, String phase, int percent) throws Exception {
        try (Replicated servers = replicated(major);
                CuttingProxy proxy = new CuttingProxy(servers.primary().port())) {
            PgDatabase primary = servers.primary().database("shop");
            PgDatabase standby = servers.standby().database("shop");
            WholeChange change = WholeChange.foreignKey(url(proxy.port(), servers.standby()));
            PhaseResult.PlanSummary plan = change.preflight().plan();
            if (phase.equals("2-validate")) {
                assertThat(change.run("1-apply", plan.hash()).outcome()).isEqualTo(Outcome.DONE);
            }
            int requests = requestsOf(phase, plan, proxy, change, primary);
            awaitReplayed(servers);

            CountDownLatch begun = new CountDownLatch(1);
            Runnable failover = () -> {
                begun.countDown();
                PgServers.kill(servers.primary());
                promote(standby);
            };
            proxy.cutAt(Math.max(1, requests * percent / 100), Cut.ON_ARRIVAL, failover);
            await().atMost(30, SECONDS)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> {
                        PhaseResult result = change.run(phase, plan.hash());
                        assertThat(result.outcome())
                                .as(result.message())
                                .isIn(Outcome.DONE, Outcome.TRANSIENT, Outcome.PLAN_CHANGED);
                        assertThat(String.valueOf(WholeChange.wanted(begun.getCount() == 0 ? standby : primary)))
                                .isIn(STATES);
                        return result.outcome() != Outcome.TRANSIENT;
                    });
            if (begun.getCount() > 0) {
                // The phase made fewer requests this time: then the moment is right after it.
                failover.run();
            }

            // What the old primary committed last may be lost with it: then the plan is made again, and finishes.
            assertThat(change.runAll().getLast().validated()).isTrue();
            assertThat(WholeChange.wanted(standby)).isEqualTo("FOREIGN KEY (customer_id) REFERENCES customers(id)");
        }
    }

    /** How many requests a phase makes that nothing disturbs; its work is undone afterwards. */
    private static int requestsOf(
            String phase, PhaseResult.PlanSummary plan, CuttingProxy proxy, WholeChange change, PgDatabase primary)
            throws SQLException {
        proxy.cutAt(Integer.MAX_VALUE, Cut.ON_ARRIVAL);
        assertThat(change.run(phase, plan.hash()).outcome()).isEqualTo(Outcome.DONE);
        int requests = proxy.requests();
        primary.execute("ALTER TABLE orders DROP CONSTRAINT wanted");
        if (phase.equals("2-validate")) {
            primary.execute(
                    "ALTER TABLE orders ADD CONSTRAINT wanted FOREIGN KEY (customer_id) REFERENCES customers (id)"
                            + " NOT VALID");
        }
        return requests;
    }

    private static Replicated replicated(int major) throws SQLException, IOException {
        PgServer server = PgServers.startOwn(major);
        server.database("postgres").execute("CREATE DATABASE shop");
        WholeChange.createTables(server.database("shop"));
        Replicated servers = PgServers.startReplicated(server);
        awaitReplayed(servers);
        return servers;
    }

    /** Until the standby has all that the primary has committed. */
    private static void awaitReplayed(Replicated servers) throws SQLException {
        PgDatabase primary = servers.primary().database("shop");
        PgDatabase standby = servers.standby().database("shop");
        String position = primary.queryOne("SELECT pg_current_wal_insert_lsn()");
        await().atMost(30, SECONDS)
                .pollInterval(Duration.ofMillis(20))
                .until(() ->
                        "t".equals(standby.queryOne("SELECT pg_last_wal_replay_lsn() >= '" + position + "'::pg_lsn")));
    }

    private static void promote(PgDatabase standby) {
        try {
            assertThat(standby.queryOne("SELECT pg_promote()")).isEqualTo("t");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Of two servers on this machine, the one at a port first. */
    private static String url(int port, PgServer second) {
        PgServer.PgRole user = second.superuser();
        return "postgresql://" + user.name() + ":" + user.password() + "@127.0.0.1:" + port + ",127.0.0.1:"
                + second.port() + "/shop";
    }
}
