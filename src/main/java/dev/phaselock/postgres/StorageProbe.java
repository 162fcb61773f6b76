package dev.phaselock.postgres;

import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.plan.Probe;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Sets storage parameters of a temporary table, and compares what the server made of them with those of the table. */
final class StorageProbe {
    private static final String TRIAL = "phaselock_storage";
    private static final String TOAST = "toast.";
    private static final String NOT_SUPPORTED = "0A000";

    private final Connection connection;
    private final long table;

    StorageProbe(Connection connection, long table) {
        this.connection = connection;
        this.table = table;
    }

    Probe of(SetStorageParameters change) throws SQLException {
        // With a text, so that it has a TOAST table too.
        MultiStatement trial = new MultiStatement().add("CREATE TABLE pg_temp." + TRIAL + " (c text)");
        change.actions().forEach(action -> trial.add("ALTER TABLE pg_temp." + TRIAL + " " + action));
        Map<String, String> wanted = new HashMap<>();
        Map<String, String> there = new HashMap<>();
        boolean[] toast = new boolean[1];
        trial.query(
                        """
                        SELECT c.oid = %1$d AS there, o.option_name AS name, o.option_value AS value
                        FROM pg_catalog.pg_class AS c
                        CROSS JOIN LATERAL pg_catalog.pg_options_to_table(c.reloptions) AS o
                        WHERE c.oid IN (%1$d, 'pg_temp.%2$s'::pg_catalog.regclass)
                        UNION ALL
                        SELECT c.oid = %1$d, '%3$s' || o.option_name, o.option_value
                        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
                        CROSS JOIN LATERAL pg_catalog.pg_options_to_table(t.reloptions) AS o
                        WHERE c.oid IN (%1$d, 'pg_temp.%2$s'::pg_catalog.regclass)""".formatted(table, TRIAL, TOAST),
                        row -> (row.getBoolean("there") ? there : wanted)
                                .put(row.getString("name"), row.getString("value")))
                .query(
                        "SELECT c.reltoastrelid <> 0 AS toast FROM pg_catalog.pg_class AS c WHERE c.oid = " + table,
                        row -> toast[0] = row.getBoolean("toast"))
                .add("DROP TABLE pg_temp." + TRIAL)
                .run(connection);
        boolean ofToast = change.parameters().stream()
                .anyMatch(parameter -> parameter.name().startsWith(TOAST));
        if (ofToast && !toast[0]) {
            return new Probe.Failed(NOT_SUPPORTED, "it has no TOAST table, so parameters of that say nothing");
        }
        return new Probe.State(there.entrySet().containsAll(wanted.entrySet())
                && change.parameters().stream()
                        .allMatch(parameter -> parameter.value() != null || !there.containsKey(parameter.name())));
    }
}
