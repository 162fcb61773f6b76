package dev.phaselock.postgres;

import dev.phaselock.api.CreateTriggerSpec.Level;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads a trigger, and tries the wanted one on a temporary table of the same columns. */
final class TriggerProbe {
    /** As the server writes it down, but for the table's name: of a temporary one that has another schema. */
    private static final String DEFINITION = """
            pg_catalog.replace(pg_catalog.replace(
                           pg_catalog.pg_get_triggerdef(t.oid),
                           ' ON ' || pg_catalog.quote_ident(ns.nspname) || '.' || pg_catalog.quote_ident(c.relname) || ' ', ' '),
                       ' ON pg_temp.' || pg_catalog.quote_ident(c.relname) || ' ', ' ')""";

    private final Connection connection;
    private final String searchPath;
    private final Table table;

    /** @param searchPath by which the change's names are found */
    TriggerProbe(Connection connection, String searchPath, Table table) {
        this.connection = connection;
        this.searchPath = searchPath;
        this.table = table;
    }

    private record There(String definition, boolean internal, boolean ofParent, boolean disabled, boolean cloned) {}

    /** The one of this name. */
    Probe of(Identifier name) throws SQLException {
        return probe(name, Set.of(), false);
    }

    /** @param columns definitions of all of the table's columns */
    Probe of(CreateTrigger change, String columns) throws SQLException {
        Identifier name = table.name().name();
        String temporary = "pg_temp." + name.quoted();
        List<String> complete = new ArrayList<>();
        Set<String> forms = new HashSet<>();
        MultiStatement first = new MultiStatement()
                .add("CREATE TABLE " + temporary + " (" + columns + ")" + partitionBy())
                .add("SET LOCAL search_path = " + searchPath)
                .add(change.statement(temporary, false));
        read(first, change.name(), complete, forms).run(connection);
        // What it reads again it may write down otherwise: so a trigger of a restored database looks.
        MultiStatement second = new MultiStatement()
                .add("DROP TRIGGER " + change.name().quoted() + " ON " + temporary)
                .add(complete.getFirst());
        read(second, change.name(), complete, forms)
                .add("DROP TABLE " + temporary)
                .run(connection);
        return probe(change.name(), forms, table.partitioned() && change.level() == Level.ROW);
    }

    private static MultiStatement read(
            MultiStatement statement, Identifier trigger, List<String> complete, Set<String> forms) {
        return statement
                .add("SET LOCAL search_path = ''")
                .query(
                        "SELECT pg_catalog.pg_get_triggerdef(t.oid) AS complete, " + DEFINITION
                                + """
                         AS definition
                        FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                        WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND t.tgname = %s""".formatted(Literals.quote(trigger.name())),
                        row -> {
                            complete.add(row.getString("complete"));
                            forms.add(row.getString("definition"));
                        });
    }

    /** The clones' restrictions of a partitioned table count for the temporary one too. */
    private String partitionBy() throws SQLException {
        if (!table.partitioned()) {
            return "";
        }
        List<String> by = new ArrayList<>();
        new MultiStatement()
                .query(
                        "SELECT pg_catalog.pg_get_partkeydef("
                                + table.relation().oid() + ") AS key",
                        row -> by.add(row.getString("key")))
                .run(connection);
        return " PARTITION BY " + by.getFirst();
    }

    private Probe probe(Identifier name, Set<String> forms, boolean toBeCloned) throws SQLException {
        List<There> there = new ArrayList<>();
        List<String> inTheWay = new ArrayList<>();
        List<Boolean> allowed = new ArrayList<>();
        MultiStatement statement = new MultiStatement()
                .query(
                        "SELECT " + DEFINITION + """
                         AS definition, t.tgisinternal AND t.tgparentid = 0 AS internal, t.tgparentid <> 0 AS of_parent,
                               t.tgenabled IN ('D', 'R') AS disabled,
                               EXISTS (SELECT FROM pg_catalog.pg_trigger AS clone WHERE clone.tgparentid = t.oid) AS cloned
                        FROM pg_catalog.pg_trigger AS t JOIN pg_catalog.pg_class AS c ON c.oid = t.tgrelid
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = c.relnamespace
                        WHERE t.tgrelid = %d AND t.tgname = %s""".formatted(table.relation().oid(), Literals.quote(name.name())),
                        row -> there.add(new There(
                                row.getString("definition"),
                                row.getBoolean("internal"),
                                row.getBoolean("of_parent"),
                                row.getBoolean("disabled"),
                                row.getBoolean("cloned"))))
                .query(
                        "SELECT pg_catalog.has_table_privilege("
                                + table.relation().oid() + ", 'TRIGGER') AS allowed",
                        row -> allowed.add(row.getBoolean("allowed")));
        List<Long> partitions = table.descendants().stream()
                .map(partition -> partition.relation().oid())
                .toList();
        if (toBeCloned && !partitions.isEmpty()) {
            statement.query(
                    """
                    SELECT t.tgrelid::pg_catalog.regclass::pg_catalog.text AS name FROM pg_catalog.pg_trigger AS t
                    WHERE t.tgparentid = 0 AND t.tgrelid = ANY (%s) AND t.tgname = %s ORDER BY 1""".formatted(CatalogQueries.oids(partitions), Literals.quote(name.name())),
                    row -> inTheWay.add(row.getString("name")));
        }
        statement.run(connection);
        @Nullable There found = there.isEmpty() ? null : there.getFirst();
        return new Probe.Trigger(
                forms,
                found == null ? null : found.definition(),
                found != null && found.internal(),
                found != null && found.ofParent(),
                found != null && found.disabled(),
                found != null && found.cloned(),
                allowed.getFirst(),
                inTheWay);
    }
}
