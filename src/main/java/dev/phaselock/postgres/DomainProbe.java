package dev.phaselock.postgres;

import dev.phaselock.change.AddDomainConstraint;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a domain, and tries the check on a temporary one of the same type. */
final class DomainProbe {
    private static final String UNDEFINED_OBJECT = "42704";
    private static final String TEMPORARY = "pg_temp.phaselock_domain";

    /** Types that are made of it count: arrays, other domains, ranges and composite types. */
    private static final String USES = """
            EXISTS (
                WITH RECURSIVE made AS (
                    SELECT %d::pg_catalog.oid AS oid
                    UNION
                    SELECT t.oid FROM made JOIN pg_catalog.pg_type AS t
                      ON t.typelem = made.oid OR t.typbasetype = made.oid
                      OR EXISTS (SELECT FROM pg_catalog.pg_range AS r
                                 WHERE r.rngtypid = t.oid AND r.rngsubtype = made.oid)
                      OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS f
                                 WHERE f.attrelid = t.typrelid AND f.atttypid = made.oid AND NOT f.attisdropped))
                SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
                WHERE c.relkind IN ('r', 'p', 'm', 'f') AND NOT a.attisdropped
                  AND a.atttypid IN (SELECT made.oid FROM made))""";

    private final Connection connection;
    private final String searchPath;

    /** @param searchPath by which names are found */
    DomainProbe(Connection connection, String searchPath) {
        this.connection = connection;
        this.searchPath = searchPath;
    }

    private record Domain(long oid, QualifiedName name, String owner, boolean owned, boolean isDomain) {}

    Probe of(AddDomainConstraint change) throws SQLException {
        List<Domain> found = new ArrayList<>();
        new MultiStatement()
                .add("SET LOCAL search_path = " + searchPath)
                .query(
                        """
                        SELECT t.oid::pg_catalog.int8 AS oid, t.typtype = 'd' AS is_domain,
                               ns.nspname::pg_catalog.text AS schema, t.typname::pg_catalog.text AS name,
                               pg_catalog.pg_get_userbyid(t.typowner)::pg_catalog.text AS owner,
                               pg_catalog.pg_has_role(t.typowner, 'USAGE') AS owned
                        FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS ns ON ns.oid = t.typnamespace
                        WHERE t.oid = pg_catalog.to_regtype(%s)""".formatted(Literals.quote(change.table().quoted())),
                        row -> found.add(new Domain(
                                row.getLong("oid"),
                                QualifiedName.of(row.getString("schema"), row.getString("name")),
                                row.getString("owner"),
                                row.getBoolean("owned"),
                                row.getBoolean("is_domain"))))
                .add("SET LOCAL search_path = ''")
                .run(connection);
        if (found.isEmpty() || !found.getFirst().isDomain()) {
            return new Probe.Failed(UNDEFINED_OBJECT, found.isEmpty() ? "it is not there" : "it is no domain");
        }
        Domain domain = found.getFirst();
        String uses = USES.formatted(domain.oid());
        List<String> there = new ArrayList<>();
        List<Boolean> used = new ArrayList<>();
        List<String> base = new ArrayList<>();
        new MultiStatement()
                .query(
                        "SELECT pg_catalog.pg_get_expr(k.conbin, 0) AS expression FROM pg_catalog.pg_constraint AS k"
                                + " WHERE k.contypid = " + domain.oid() + " AND k.conname = "
                                + Literals.quote(change.name().name()),
                        row -> there.add(row.getString("expression")))
                .query("SELECT " + uses + " AS used", row -> used.add(row.getBoolean("used")))
                .query("""
                        SELECT pg_catalog.format_type(t.typbasetype, t.typtypmod)
                                   || coalesce(' COLLATE ' || pg_catalog.quote_ident(cn.nspname) || '.'
                                               || pg_catalog.quote_ident(co.collname), '') AS base
                        FROM pg_catalog.pg_type AS t
                        LEFT JOIN pg_catalog.pg_collation AS co ON co.oid = t.typcollation
                        LEFT JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace
                        WHERE t.oid = %d""".formatted(domain.oid()), row -> base.add(row.getString("base")))
                .run(connection);
        return new Probe.Domain(
                domain.name(),
                domain.owner(),
                domain.owned(),
                forms(base.getFirst(), change.expression()),
                first(there),
                uses,
                used.getFirst());
    }

    /** A constraint that has no expression, NOT NULL, is none that could be wanted. */
    private static @Nullable String first(List<@Nullable String> there) {
        return there.isEmpty() ? null : there.getFirst() == null ? "NOT NULL" : there.getFirst();
    }

    private Set<String> forms(String base, String expression) throws SQLException {
        List<String> written = new ArrayList<>();
        read(
                        new MultiStatement()
                                .add("CREATE DOMAIN " + TEMPORARY + " AS " + base)
                                .add("SET LOCAL search_path = " + searchPath),
                        expression,
                        written)
                .add("ALTER DOMAIN " + TEMPORARY + " DROP CONSTRAINT phaselock_probe")
                .run(connection);
        // As of a check: what it reads again it may write down otherwise.
        read(new MultiStatement(), written.getFirst(), written)
                .add("DROP DOMAIN " + TEMPORARY)
                .run(connection);
        return new HashSet<>(written);
    }

    private static MultiStatement read(MultiStatement statement, String expression, List<String> written) {
        return statement
                .add("ALTER DOMAIN " + TEMPORARY + " ADD CONSTRAINT phaselock_probe CHECK (\n" + expression
                        + "\n) NOT VALID")
                .add("SET LOCAL search_path = ''")
                .query("""
                        SELECT pg_catalog.pg_get_expr(k.conbin, 0) AS expression FROM pg_catalog.pg_constraint AS k
                        JOIN pg_catalog.pg_type AS t ON t.oid = k.contypid
                        WHERE t.typnamespace = pg_catalog.pg_my_temp_schema() AND t.typname = 'phaselock_domain'
                          AND k.conname = 'phaselock_probe'""", row -> written.add(row.getString("expression")));
    }
}
