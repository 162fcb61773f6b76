package dev.phaselock.postgres;

import dev.phaselock.change.RunStatement;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is there with what a statement would make: it is made under another name in the session's own temporary
 * schema, in a transaction that is rolled back, and PostgreSQL writes both down.
 */
final class TwinProbe {
    private static final String TWIN = "pg_temp.phaselock_twin";

    private static final String VIEW = """
            SELECT pg_catalog.concat_ws('|', pg_catalog.pg_get_viewdef(c.oid), c.reloptions::pg_catalog.text,
                (SELECT pg_catalog.string_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ','
                        ORDER BY a.attnum) FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0))
            FROM pg_catalog.pg_class AS c WHERE c.oid = %s AND c.relkind IN ('v', '%s')""";

    private static final String SEQUENCE = """
            SELECT pg_catalog.concat_ws('|', s.seqtypid, s.seqstart, s.seqincrement, s.seqmax, s.seqmin, s.seqcache,
                                        s.seqcycle)
            FROM pg_catalog.pg_sequence AS s WHERE s.seqrelid = %s""";

    private static final String TYPE = """
            SELECT pg_catalog.concat_ws('|', t.typtype,
                (SELECT pg_catalog.array_agg(e.enumlabel ORDER BY e.enumsortorder)::pg_catalog.text
                 FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid),
                (SELECT pg_catalog.array_agg(a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) || ' '
                        || a.attcollation ORDER BY a.attnum)::pg_catalog.text
                 FROM pg_catalog.pg_attribute AS a
                 WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped),
                (SELECT pg_catalog.concat_ws(' ', r.rngsubtype, r.rngcollation, r.rngsubopc, r.rngcanonical, r.rngsubdiff)
                 FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid))
            FROM pg_catalog.pg_type AS t WHERE t.oid = %s""";

    private static final String DOMAIN = """
            SELECT pg_catalog.concat_ws('|', t.typtype, pg_catalog.format_type(t.typbasetype, t.typtypmod),
                t.typcollation, t.typnotnull, pg_catalog.pg_get_expr(t.typdefaultbin, 0),
                (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(k.oid), ',' ORDER BY
                        pg_catalog.pg_get_constraintdef(k.oid))
                 FROM pg_catalog.pg_constraint AS k WHERE k.contypid = t.oid))
            FROM pg_catalog.pg_type AS t WHERE t.oid = %s""";

    private static final String POLICY = """
            SELECT pg_catalog.concat_ws('|', p.polcmd, p.polpermissive, p.polroles::pg_catalog.text,
                coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), '-'),
                coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '-'))
            FROM pg_catalog.pg_policy AS p WHERE p.oid = %s""";

    /** Without its name and its table's. Of a temporary schema the server writes the number or not, by its version. */
    private static final String STATISTICS = """
            SELECT pg_catalog.concat_ws('|', s.stxkind::pg_catalog.text,
                pg_catalog.replace(pg_catalog.replace(
                    pg_catalog."left"(d.def, - pg_catalog.length(s.stxrelid::pg_catalog.regclass::pg_catalog.text)),
                    pg_catalog.quote_ident(ns.nspname) || '.' || pg_catalog.quote_ident(s.stxname), 'x'),
                    'pg_temp.phaselock_twin', 'x'))
            FROM pg_catalog.pg_statistic_ext AS s JOIN pg_catalog.pg_namespace AS ns ON ns.oid = s.stxnamespace
            CROSS JOIN LATERAL pg_catalog.pg_get_statisticsobjdef(s.oid) AS d (def)
            WHERE s.oid = %s""";

    /** Behind its name. */
    private static final String FUNCTION = """
            SELECT pg_catalog.concat_ws('|', p.prokind, pg_catalog.substr(d.def,
                pg_catalog.strpos(d.def, pg_catalog.quote_ident(p.proname) || '(')
                    + pg_catalog.length(pg_catalog.quote_ident(p.proname))))
            FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL pg_catalog.pg_get_functiondef(p.oid) AS d (def)
            WHERE p.oid = %s AND p.prokind IN ('f', 'p', 'w')""";

    private static final String TWIN_FUNCTION = """
            SELECT f.oid FROM pg_catalog.pg_proc AS f
            WHERE f.pronamespace = pg_catalog.pg_my_temp_schema() AND f.proname = 'phaselock_twin'""";

    private final Connection connection;
    private final String searchPath;

    TwinProbe(Connection connection, String searchPath) {
        this.connection = connection;
        this.searchPath = searchPath;
    }

    /** Whether it has the wanted definition. */
    boolean of(RunStatement run, long oid) throws SQLException {
        return switch (run.kind()) {
            case SCHEMA, EXTENSION -> true;
            case VIEW -> same(run, TWIN, VIEW.replace("'%s'", "'v'"), oid, regclass());
            case MATERIALIZED_VIEW -> same(run, TWIN, VIEW.replace("'%s'", "'m'"), oid, regclass());
            case SEQUENCE -> same(run, TWIN, SEQUENCE, oid, regclass());
            case TYPE -> same(run, TWIN, TYPE, oid, regtype());
            case DOMAIN -> same(run, TWIN, DOMAIN, oid, regtype());
            case POLICY ->
                onTwinTable(
                        run,
                        POLICY,
                        oid,
                        "SELECT p.oid FROM pg_catalog.pg_policy AS p JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid"
                                + " WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()");
            case STATISTICS ->
                onTwinTable(
                        run,
                        STATISTICS,
                        oid,
                        "SELECT s.oid FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxnamespace = pg_catalog.pg_my_temp_schema()");
            case FUNCTION, OTHER -> throw new IllegalArgumentException(run.label());
        };
    }

    /** Of a function of the same name and arguments in a schema; null when there is none. */
    @Nullable
    Boolean ofFunction(RunStatement run, String schema) throws SQLException {
        List<Long> there = new ArrayList<>();
        List<String> written = new ArrayList<>();
        boolean made = rolledBack(() -> {
            new MultiStatement()
                    .add("SET LOCAL search_path = " + searchPath)
                    .add(String.join(TWIN, run.twin()))
                    .add("SET LOCAL search_path = ''")
                    .query(
                            """
                            SELECT p.oid FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS ns
                                   ON ns.oid = p.pronamespace
                            JOIN pg_catalog.pg_proc AS t ON t.oid = (%s) AND t.proargtypes = p.proargtypes
                            WHERE p.proname = %s AND ns.nspname = %s""".formatted(
                                    TWIN_FUNCTION,
                                    Literals.quote(
                                            run.objects().getFirst().name().name()),
                                    schema),
                            row -> there.add(row.getLong("oid")))
                    .run(connection);
            if (!there.isEmpty()) {
                written.addAll(written(FUNCTION, Long.toString(there.getFirst()), "(" + TWIN_FUNCTION + ")"));
            }
        });
        if (!made || there.isEmpty()) {
            return null;
        }
        return written.size() == 2 && written.getFirst().equals(written.getLast());
    }

    private boolean onTwinTable(RunStatement run, String query, long oid, String twin) throws SQLException {
        QualifiedName table = run.locks().getFirst().relation();
        // Of the same name: the expressions may qualify columns with it.
        String copy = new QualifiedName(new Identifier("pg_temp"), table.name()).quoted();
        List<String> texts = new ArrayList<>();
        rolledBack(() -> {
            new MultiStatement()
                    .add("SET LOCAL search_path = " + searchPath)
                    .add("CREATE TEMPORARY TABLE " + copy + " (LIKE " + table.quoted() + ")")
                    .add(
                            run.twin().size() == 2
                                    ? String.join(copy, run.twin())
                                    : run.twin().get(0) + TWIN + run.twin().get(1) + copy)
                    .add("SET LOCAL search_path = ''")
                    .run(connection);
            texts.addAll(written(query, Long.toString(oid), "(" + twin + ")"));
        });
        return texts.size() == 2 && Objects.equals(texts.getFirst(), texts.getLast());
    }

    private boolean same(RunStatement run, String name, String query, long oid, String twin) throws SQLException {
        List<String> texts = new ArrayList<>();
        rolledBack(() -> {
            new MultiStatement()
                    .add("SET LOCAL search_path = " + searchPath)
                    .add(String.join(name, run.twin()))
                    .add("SET LOCAL search_path = ''")
                    .run(connection);
            texts.addAll(written(query, Long.toString(oid), twin));
        });
        return texts.size() == 2 && texts.getFirst().equals(texts.getLast());
    }

    private List<String> written(String query, String one, String other) throws SQLException {
        List<String> texts = new ArrayList<>();
        new MultiStatement()
                .query(query.formatted(one), row -> texts.add(row.getString(1)))
                .query(query.formatted(other), row -> texts.add(row.getString(1)))
                .run(connection);
        return texts;
    }

    private static String regclass() {
        return "(SELECT c.oid FROM pg_catalog.pg_class AS c WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()"
                + " AND c.relname = 'phaselock_twin')";
    }

    private static String regtype() {
        return "(SELECT t.oid FROM pg_catalog.pg_type AS t WHERE t.typnamespace = pg_catalog.pg_my_temp_schema()"
                + " AND t.typname = 'phaselock_twin')";
    }

    /** What is tried. */
    @FunctionalInterface
    private interface Trial {
        void run() throws SQLException;
    }

    /** Whether it could be made: what the statement needs may be created by an earlier one of the same plan. */
    private boolean rolledBack(Trial trial) throws SQLException {
        execute("SAVEPOINT phaselock_twin");
        boolean made = true;
        try {
            trial.run();
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (!state.startsWith("42")
                    && !state.startsWith("0A")
                    && !state.startsWith("22")
                    && !state.equals("3F000")) {
                throw e;
            }
            made = false;
        }
        execute("ROLLBACK TO SAVEPOINT phaselock_twin");
        return made;
    }

    private void execute(String sql) throws SQLException {
        new MultiStatement().add(sql).run(connection);
    }
}
