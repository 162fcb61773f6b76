package dev.phaselock.postgres;

import dev.phaselock.plan.CatalogFacts;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.ColumnUse;
import dev.phaselock.plan.ForeignKeyCodes;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.Relation;
import dev.phaselock.sql.QualifiedName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A table as far as {@link CatalogReader} has read it, and what the rows of its queries say. */
final class TableDraft {
    private final Relation relation;
    private final Kind kind;
    private final char persistence;
    private final long rows;
    private final String owner;
    private final boolean ownerReads;
    private final Privileges privileges;
    private final List<Column> columns = new ArrayList<>();
    private final List<CatalogFacts.UniqueKey> keys = new ArrayList<>();
    private final List<Constraint> constraints = new ArrayList<>();
    private final List<Index> indexes = new ArrayList<>();
    private final List<TableDraft> descendants = new ArrayList<>();

    TableDraft(ResultSet row) throws SQLException {
        relation = new Relation(row.getLong("oid"), QualifiedName.of(row.getString("schema"), row.getString("name")));
        kind = kind(row.getString("kind"));
        persistence = row.getString("persistence").charAt(0);
        rows = row.getLong("rows");
        owner = row.getString("owner");
        ownerReads = row.getBoolean("owner_reads");
        privileges = new Privileges(
                row.getBoolean("schema_usage"),
                row.getBoolean("schema_create"),
                row.getBoolean("owned"),
                row.getBoolean("lock"),
                row.getBoolean("sel"),
                row.getBoolean("ref"),
                row.getBoolean("row_security"));
    }

    Table table() {
        return new Table(
                relation,
                kind,
                persistence,
                rows,
                owner,
                ownerReads,
                privileges,
                columns,
                keys,
                constraints,
                indexes,
                descendants.stream().map(TableDraft::withoutDescendants).toList());
    }

    private Table withoutDescendants() {
        return new Table(
                relation,
                kind,
                persistence,
                rows,
                owner,
                ownerReads,
                privileges,
                List.of(),
                keys,
                constraints,
                indexes,
                List.of());
    }

    Relation relation() {
        return relation;
    }

    /** A partition, or an inheritance child, on any level. */
    void addDescendant(TableDraft descendant) {
        descendants.add(descendant);
    }

    void addColumn(ResultSet row) throws SQLException {
        columns.add(column(row));
    }

    /** More of a column that was added. */
    void addUse(ResultSet row) throws SQLException {
        String name = row.getString("name");
        ColumnUse use = ColumnQueries.use(row);
        columns.replaceAll(
                column -> column.name().equals(name) && column.details() != null ? with(column, use) : column);
    }

    private static Column with(Column column, ColumnUse use) {
        CatalogFacts.ColumnDetails details = column.detailed();
        return new Column(
                column.name(),
                column.type(),
                column.collation(),
                column.generated(),
                column.select(),
                column.references(),
                new CatalogFacts.ColumnDetails(
                        details.notNull(),
                        details.notNullEverywhere(),
                        details.notNullByParent(),
                        details.identity(),
                        details.defaults(),
                        details.statistics(),
                        details.storages(),
                        use));
    }

    void addKey(ResultSet row) throws SQLException {
        keys.add(new CatalogFacts.UniqueKey(
                MultiStatement.texts(row, "columns"), row.getBoolean("prim"), row.getBoolean("immediate")));
    }

    void addConstraint(ResultSet row) throws SQLException {
        constraints.add(constraint(row));
    }

    void addIndex(ResultSet row) throws SQLException {
        indexes.add(IndexQueries.index(row));
    }

    private static Column column(ResultSet row) throws SQLException {
        String generated = row.getString("generated");
        return new Column(
                row.getString("name"),
                row.getString("type"),
                row.getString("collation"),
                generated.isEmpty() ? ' ' : generated.charAt(0),
                row.getBoolean("sel"),
                row.getBoolean("ref"),
                row.getBoolean("detailed")
                        ? new CatalogFacts.ColumnDetails(
                                row.getBoolean("not_null"),
                                row.getBoolean("not_null_everywhere"),
                                row.getBoolean("not_null_by_parent"),
                                row.getBoolean("identity"),
                                Set.copyOf(MultiStatement.texts(row, "defaults")),
                                MultiStatement.texts(row, "statistics").stream()
                                        .map(Integer::valueOf)
                                        .collect(Collectors.toSet()),
                                Set.copyOf(MultiStatement.texts(row, "storages")),
                                ColumnUse.NONE)
                        : null);
    }

    private static Constraint constraint(ResultSet row) throws SQLException {
        List<String> columns = MultiStatement.texts(row, "columns");
        return new Constraint(
                row.getString("name"),
                row.getString("definition"),
                columns,
                row.getBoolean("validated"),
                row.getBoolean("enforced"),
                row.getBoolean("no_inherit"),
                row.getBoolean("own_part"),
                row.getBoolean("attached"),
                row.getString("expression"),
                row.getString("kind").equals("f") ? foreignKey(row, columns) : null,
                row.getString("kind").charAt(0),
                row.getBoolean("inherited"),
                row.getString("not_null_column"),
                comparisons(MultiStatement.texts(row, "operators"), MultiStatement.texts(row, "casts")),
                MultiStatement.texts(row, "dependents"));
    }

    private static List<CatalogFacts.Comparison> comparisons(List<String> operators, List<String> casts) {
        List<CatalogFacts.Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < operators.size(); i++) {
            comparisons.add(new CatalogFacts.Comparison(
                    "OPERATOR(" + operators.get(i) + ")", casts.get(i).isEmpty() ? null : casts.get(i)));
        }
        return comparisons;
    }

    private static ForeignKey foreignKey(ResultSet row, List<String> columns) throws SQLException {
        return new ForeignKey(
                row.getLong("referenced"),
                columns,
                MultiStatement.texts(row, "referenced_columns"),
                ForeignKeyCodes.action(row.getString("on_delete").charAt(0)),
                ForeignKey.setColumns(MultiStatement.texts(row, "set_columns"), columns),
                ForeignKeyCodes.action(row.getString("on_update").charAt(0)),
                ForeignKeyCodes.match(row.getString("match").charAt(0)),
                row.getBoolean("deferrable"),
                row.getBoolean("deferred"),
                row.getBoolean("period"));
    }

    private static Kind kind(String code) {
        return switch (code) {
            case "r" -> Kind.TABLE;
            case "p" -> Kind.PARTITIONED;
            case "f" -> Kind.FOREIGN;
            case "v" -> Kind.VIEW;
            case "m" -> Kind.MATERIALIZED_VIEW;
            case "S" -> Kind.SEQUENCE;
            default -> throw new IllegalStateException("a relation of kind " + code);
        };
    }
}
