package dev.phaselock.postgres;

import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads an enum type. */
final class EnumProbe {
    private static final String UNDEFINED_OBJECT = "42704";

    private final Connection connection;
    private final String searchPath;

    EnumProbe(Connection connection, String searchPath) {
        this.connection = connection;
        this.searchPath = searchPath;
    }

    Probe of(QualifiedName name) throws SQLException {
        List<Probe> found = new ArrayList<>();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(
                        """
                        SELECT t.typtype = 'e' AS is_enum, ns.nspname::pg_catalog.text AS schema,
                               t.typname::pg_catalog.text AS name,
                               pg_catalog.pg_get_userbyid(t.typowner)::pg_catalog.text AS owner,
                               pg_catalog.pg_has_role(t.typowner, 'USAGE') AS owned,
                               (SELECT pg_catalog.array_agg(e.enumlabel::pg_catalog.text)
                                FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid) AS labels
                        FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS ns ON ns.oid = t.typnamespace
                        WHERE t.oid = pg_catalog.to_regtype(%s)""".formatted(Literals.quote(name.quoted())),
                        row -> found.add(
                                row.getBoolean("is_enum")
                                        ? new Probe.EnumType(
                                                QualifiedName.of(row.getString("schema"), row.getString("name")),
                                                row.getString("owner"),
                                                row.getBoolean("owned"),
                                                Set.copyOf(MultiStatement.texts(row, "labels")))
                                        : new Probe.Failed(UNDEFINED_OBJECT, "is no enum type")))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        return found.isEmpty() ? new Probe.Failed(UNDEFINED_OBJECT, "is not there") : found.getFirst();
    }
}
