package dev.phaselock.postgres;

import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the server writes an expression down, tried on a temporary table: people write it otherwise, and so may the server once it
 * has read what it wrote.
 */
final class WrittenExpressions {
    /** The oid of a temporary table of this session; its name, as a literal, has to follow. */
    static final String OURS = "SELECT c.oid FROM pg_catalog.pg_class AS c"
            + " WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = ";

    private final Connection connection;
    private final String searchPath;

    /** @param searchPath by which names in expressions are found */
    WrittenExpressions(Connection connection, String searchPath) {
        this.connection = connection;
        this.searchPath = searchPath;
    }

    /** How the server writes a check down. */
    Probe.Check ofCheck(Identifier name, String columns, String expression) throws SQLException {
        List<Probe.Check> written = new ArrayList<>();
        tryCheck(
                new MultiStatement()
                        .add("CREATE TABLE pg_temp." + name.quoted() + " (" + columns + ")")
                        .add("SET LOCAL search_path = " + searchPath),
                name,
                expression,
                "ALTER TABLE pg_temp." + name.quoted() + " DROP CONSTRAINT phaselock_probe",
                written);
        // What the server writes down it may write down otherwise once it has read it (IN lists of varchar, for
        // instance): so a check of a restored database looks.
        Probe.Check first = written.getFirst();
        tryCheck(new MultiStatement(), name, first.expression(), "DROP TABLE pg_temp." + name.quoted(), written);
        return new Probe.Check(
                first.expression(),
                written.stream().map(Probe.Check::expression).collect(Collectors.toSet()),
                first.columns());
    }

    /** Adds a check to a temporary table, reads how the server writes it down, and cleans up. */
    private void tryCheck(
            MultiStatement statement, Identifier table, String expression, String cleanUp, List<Probe.Check> written)
            throws SQLException {
        statement
                .add("ALTER TABLE pg_temp." + table.quoted() + " ADD CONSTRAINT phaselock_probe CHECK (\n" + expression
                        + "\n) NOT VALID")
                .add("SET LOCAL search_path = ''")
                .query(
                        "SELECT pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression, "
                                + CatalogQueries.columnNames("c.conkey", "c.conrelid")
                                + " AS columns FROM pg_catalog.pg_constraint AS c WHERE c.conname = 'phaselock_probe'"
                                + " AND c.conrelid = (" + OURS + Literals.quote(table.name()) + ")",
                        row -> written.add(new Probe.Check(
                                row.getString("expression"), Set.of(), MultiStatement.texts(row, "columns"))))
                .add(cleanUp)
                .run(connection);
    }

    /** How the server may write a column's default down. */
    Set<String> ofDefault(Column column, String expression) throws SQLException {
        List<String> written = new ArrayList<>();
        tryDefault(
                new MultiStatement()
                        .add("CREATE TABLE pg_temp.phaselock_default (" + Definitions.numbered(List.of(column)) + ")")
                        .add("SET LOCAL search_path = " + searchPath),
                expression,
                written);
        String first = written.getFirst();
        // As of a check: what it reads again it may write down otherwise.
        tryDefault(new MultiStatement(), first.isEmpty() ? "NULL" : first, written);
        new MultiStatement().add("DROP TABLE pg_temp.phaselock_default").run(connection);
        return Set.copyOf(written);
    }

    private void tryDefault(MultiStatement statement, String expression, List<String> written) throws SQLException {
        statement
                .add("ALTER TABLE pg_temp.phaselock_default ALTER COLUMN c0 SET DEFAULT (\n" + expression + "\n)")
                .add("SET LOCAL search_path = ''")
                .query(
                        "SELECT coalesce((SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
                                + " FROM pg_catalog.pg_attrdef AS d WHERE d.adrelid = (" + OURS
                                + "'phaselock_default')), '') AS expression",
                        row -> written.add(row.getString("expression")))
                .run(connection);
    }
}
