package dev.phaselock.postgres;

import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Relation;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Reads what a new table will be for the changes that follow: from a temporary one that was made by the same definition. It keeps
 * that one's oid, by which the server can be asked more of it in the same transaction.
 */
final class MadeTable {
    private final Connection connection;
    private final CatalogQueries queries;
    private final List<String> columns;
    private final List<String> names;

    /** @param changes all of the SchemaChange, which say what is to be known of columns and constraints */
    MadeTable(Connection connection, CatalogQueries queries, List<Change> changes) {
        this.connection = connection;
        this.queries = queries;
        this.columns = changes.stream()
                .flatMap(change -> change.detailedColumns().stream())
                .map(Identifier::name)
                .toList();
        this.names = changes.stream()
                .flatMap(change -> change.constraints().stream())
                .map(Identifier::name)
                .toList();
    }

    /**
     * The table.
     *
     * @param temporary the temporary one's name
     * @param name of the new one
     * @param standIns what tables temporary ones stand for to which it refers, by their names
     * @param naming gives the temporary tables' names in a definition their meaning
     */
    Table of(String temporary, QualifiedName name, Map<String, Table> standIns, UnaryOperator<String> naming)
            throws SQLException {
        Map<String, Long> oids = new HashMap<>();
        new MultiStatement()
                .query(
                        "SELECT c.relname::pg_catalog.text AS name, c.oid::pg_catalog.int8 AS oid FROM pg_catalog.pg_class AS c"
                                + " WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relkind IN ('r', 'p')"
                                + " AND (c.relname LIKE 'phaselock_key_%' OR c.relname = "
                                + Literals.quote(temporary) + ")",
                        row -> oids.put(row.getString("name"), row.getLong("oid")))
                .run(connection);
        Map<Long, Long> meant = new HashMap<>();
        standIns.forEach((standIn, table) ->
                meant.put(oids.get(standIn), table.relation().oid()));
        List<Long> root = List.of(oids.get(temporary));
        List<TableDraft> drafts = new ArrayList<>();
        new MultiStatement()
                .query(queries.relations(root), row -> drafts.add(new TableDraft(row)))
                .query(queries.columns(root, columns), row -> drafts.getFirst().addColumn(row))
                .query(queries.keys(root), row -> drafts.getFirst().addKey(row))
                .query(
                        queries.constraints(root, root, names),
                        row -> drafts.getFirst().addConstraint(row))
                .query(
                        IndexQueries.indexes(queries.tree(root), List.of()),
                        row -> drafts.getFirst().addIndex(row))
                .run(connection);
        Table table = drafts.getFirst().table();
        return new Table(
                new Relation(table.relation().oid(), name),
                table.kind(),
                'p',
                table.estimatedRows(),
                table.owner(),
                table.ownerReads(),
                table.privileges(),
                table.columns(),
                table.keys(),
                table.constraints().stream()
                        .map(constraint -> with(constraint, meant, naming))
                        .toList(),
                table.indexes(),
                List.of());
    }

    private static Constraint with(Constraint there, Map<Long, Long> meant, UnaryOperator<String> naming) {
        ForeignKey key = there.foreignKey();
        return new Constraint(
                there.name(),
                naming.apply(there.definition()),
                there.columns(),
                there.validated(),
                there.enforced(),
                there.noInherit(),
                there.ownPart(),
                there.attached(),
                there.expression(),
                key == null
                        ? null
                        : new ForeignKey(
                                meant.getOrDefault(key.referenced(), key.referenced()),
                                key.columns(),
                                key.referencedColumns(),
                                key.onDelete(),
                                key.onDeleteColumns(),
                                key.onUpdate(),
                                key.match(),
                                key.deferrable(),
                                key.initiallyDeferred(),
                                key.period()),
                there.kind(),
                there.inherited(),
                there.notNullColumn(),
                there.comparisons(),
                there.dependents());
    }
}
