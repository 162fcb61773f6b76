package dev.phaselock.operator;

import static dev.phaselock.operator.Results.done;
import static dev.phaselock.operator.Results.violated;
import static org.assertj.core.api.Assertions.assertThat;

import dev.phaselock.api.SchemaChange;
import dev.phaselock.api.SchemaChangeSpec;
import dev.phaselock.api.SqlFromSpec;
import dev.phaselock.api.SqlFromSpec.ConfigMapKey;
import dev.phaselock.api.ValidationSpec.Gate;
import dev.phaselock.plan.PhaseRequest;
import dev.phaselock.plan.ResultJson;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The statements in a ConfigMap: the real operator, with its own rights, on a real API server. */
class SqlFromIT extends OperatorBed {
    private static final String MAP = "migration";
    private static final String KEY = "up.sql";
    private static final String ONE = "ALTER TABLE orders ADD CHECK (total >= 0);";
    private static final String OTHER = "ALTER TABLE orders ADD CHECK (total > 0);";

    private void createWithSqlFrom() {
        var change = new SchemaChange();
        change.setMetadata(
                new ObjectMetaBuilder().withNamespace(namespace).withName(NAME).build());
        SchemaChangeSpec spec = ChangeWorld.spec(false, Gate.VALIDATED);
        change.setSpec(new SchemaChangeSpec(
                spec.database(),
                null,
                null,
                new SqlFromSpec(new ConfigMapKey(MAP, KEY)),
                spec.locks(),
                spec.validation(),
                null,
                spec.suspend(),
                null,
                null,
                null,
                null));
        client.resource(change).create();
    }

    private void write(String key, String text) {
        client.resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withNamespace(namespace)
                        .withName(MAP)
                        .endMetadata()
                        .withData(Map.of(key, text))
                        .build())
                .forceConflicts()
                .serverSideApply();
    }

    private String sql(String phase) {
        return ResultJson.read(scenario.request(phase), PhaseRequest.class).sql();
    }

    @Test
    void theTextIsWaitedForAndEveryJobGetsIt() {
        createWithSqlFrom();
        awaitStatus(NAME, status -> says(status, "Reconciling").equals("True/SqlMissing"));
        assertThat(scenario.calls()).isEmpty();
        write("down.sql", ONE);
        awaitStatus(
                NAME,
                status -> status.conditions().stream()
                        .anyMatch(condition -> condition.getMessage().contains("no key up.sql")));

        write(KEY, ONE);
        awaitReady();
        assertThat(scenario.calls()).containsExactly("preflight", "1-verify", "1-apply", "1-validate");
        assertThat(sql("preflight")).isEqualTo(ONE);
        assertThat(sql("1-validate")).isEqualTo(ONE);
        assertThat(status().sqlHash()).isEqualTo(SqlText.of(ONE).hash());
    }

    @Test
    void anEditBeforeAnythingIsChangedIsPlannedAnew() {
        scenario.ends("1-verify", violated(42));
        write(KEY, ONE);
        createWithSqlFrom();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/ConstraintViolated"));
        write(KEY, OTHER);
        awaitStatus(NAME, status -> SqlText.of(OTHER).hash().equals(status.sqlHash()));
        scenario.ends("1-verify", done());
        awaitReady();
        assertThat(sql("preflight")).isEqualTo(OTHER);
        assertThat(sql("1-apply")).isEqualTo(OTHER);
    }

    @Test
    void anEditAfterwardsStallsItUntilThePreviousTextIsPutBack() {
        scenario.ends("1-validate", violated(42));
        write(KEY, ONE);
        createWithSqlFrom();
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/ConstraintViolated"));
        write(KEY, OTHER);
        scenario.ends("1-validate", done());
        awaitStatus(NAME, status -> says(status, "Stalled").equals("True/SqlChanged"));
        assertThat(sql("1-validate")).isEqualTo(ONE);
        write(KEY, ONE);
        awaitReady();
        assertThat(sql("1-validate")).isEqualTo(ONE);
    }
}
