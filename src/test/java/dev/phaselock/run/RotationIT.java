package dev.phaselock.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.DatabaseSpec;
import dev.phaselock.api.LocksSpec;
import dev.phaselock.api.SecretReference;
import dev.phaselock.api.ValidationSpec;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.postgres.ConnectionSettings;
import dev.phaselock.postgres.PgDatabase;
import dev.phaselock.postgres.PgServer.PgRole;
import dev.phaselock.postgres.PgServers;
import dev.phaselock.postgres.Sessions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A password that is rotated while phases run, on a real server. */
class RotationIT {
    private static final DatabaseSpec DATABASE =
            new DatabaseSpec(new SecretReference("shop-db"), null, null, null, null, null, null);

    @TempDir
    private Path secret;

    @Test
    void aPasswordThatIsRotatedBetweenAnyTwoConnectionsOfAPhaseIsReadAgain() throws Exception {
        PgDatabase database = PgServers.newest().newDatabase();
        PgRole role = database.server().newRole("");
        database.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, total int)",
                "INSERT INTO orders SELECT g, g FROM generate_series(1, 100) AS g",
                "ALTER TABLE orders OWNER TO " + role.name(),
                "GRANT CREATE ON SCHEMA public TO " + role.name());
        AtomicInteger connections = new AtomicInteger();
        SessionFactory rotating = () -> {
            String password = "rotated-" + connections.incrementAndGet();
            database.execute("ALTER ROLE " + role.name() + " PASSWORD '" + password + "'");
            try {
                Files.writeString(secret.resolve("uri"), database.url(new PgRole(role.name(), password)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new Sessions(ConnectionSettings.ofSecret(secret, null, null, DATABASE), "shop/test", "rotation")
                    .open();
        };
        PhaseResult preflight = run(rotating, PhaseRequest.PREFLIGHT, null);
        assertThat(preflight.outcome()).as(preflight.message()).isEqualTo(Outcome.DONE);
        for (PhaseResult.PhaseSummary phase : preflight.plan().phases()) {
            int before = connections.get();
            PhaseResult result = run(rotating, phase.name(), preflight.plan().hash());
            assertThat(result.outcome()).as(result.message()).isEqualTo(Outcome.DONE);
            assertThat(connections.get() - before).as(phase.name()).isGreaterThan(1);
        }
        assertThat(database.queryOne("SELECT convalidated FROM pg_constraint WHERE conname = 'wanted'"))
                .isEqualTo("t");
    }

    private static PhaseResult run(SessionFactory sessions, String phase, @Nullable String hash) {
        return new PhaseRunner(sessions, Timing.system(), new Interruption(), _ -> {})
                .run(new PhaseRequest(
                        "shop/test",
                        phase,
                        hash,
                        DATABASE,
                        List.of(ChangeSpec.of(new AddCheckSpec("orders", "wanted", "total >= 0", null))),
                        LocksSpec.DEFAULT,
                        ValidationSpec.DEFAULT,
                        0,
                        0,
                        null));
    }
}
