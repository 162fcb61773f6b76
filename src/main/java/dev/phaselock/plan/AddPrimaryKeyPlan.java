package dev.phaselock.plan;

import dev.phaselock.change.AddPrimaryKey;
import dev.phaselock.change.SetNotNull;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans {@code ADD PRIMARY KEY}: NOT NULL of each column as by itself ({@link SetNotNullPlan}), for otherwise the key's
 * brief step would read all rows, then as {@link KeyPlan}. The phases of columns that are NOT NULL already are done.
 */
final class AddPrimaryKeyPlan {
    /** From here on a NOT NULL may be there and not be valid. */
    private static final int NOT_VALID_SINCE = 18;

    private AddPrimaryKeyPlan() {}

    static List<Phase> phases(AddPrimaryKey change, int index, Planning planning) {
        List<Phase> phases = new ArrayList<>();
        // It refuses what is no table first.
        KeyPlan key = new KeyPlan(change, index, planning);
        for (SetNotNull notNull : change.notNull()) {
            phases.addAll(SetNotNullPlan.phases(notNull, index, planning));
        }
        List<String> columns =
                change.key().columns().stream().map(column -> column.name()).toList();
        phases.addAll(key.phases(table -> notNull(table, columns, planning.major())));
        return phases;
    }

    /** Under the locks: otherwise the server would read the rows. */
    private static String notNull(long table, List<String> columns, int major) {
        String valid = major < NOT_VALID_SINCE
                ? ""
                : " OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS n WHERE n.conrelid = a.attrelid"
                        + " AND n.contype = 'n' AND n.convalidated AND n.conkey = ARRAY[a.attnum])";
        return ("NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = %d AND a.attname = ANY (%s)"
                        + " AND (NOT a.attnotnull%s))")
                .formatted(table, Guards.names(columns), valid);
    }
}
