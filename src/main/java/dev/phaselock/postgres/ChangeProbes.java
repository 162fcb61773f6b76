package dev.phaselock.postgres;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddDomainConstraint;
import dev.phaselock.change.AddEnumValue;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AlterType;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropTable;
import dev.phaselock.change.DropTrigger;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.change.SetStorage;
import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Tries changes on temporary tables that have the same columns. They are made of the columns' types and not by {@code
 * LIKE}, so that no table of the user's is locked, and that no more than the columns' types need be allowed to the role.
 */
final class ChangeProbes {
    private static final String OURS = "SELECT c.oid FROM pg_catalog.pg_class AS c"
            + " WHERE c.relnamespace = pg_catalog.pg_my_temp_schema() AND c.relname = ";

    private static final String UNDEFINED_TABLE = "42P01";

    private final Connection connection;
    private final List<Identifier> schemas;
    private final String searchPath;
    private final Map<QualifiedName, Table> tables;

    ChangeProbes(Connection connection, List<Identifier> schemas, Map<QualifiedName, Table> tables) {
        this.connection = connection;
        this.schemas = schemas;
        this.searchPath = Stream.concat(schemas.stream().map(Identifier::quoted), Stream.of("pg_temp"))
                .collect(Collectors.joining(", "));
        this.tables = tables;
    }

    /** What the server makes of the changes, up to the first that it refuses or that cannot be tried. */
    List<Probe> probe(List<Change> changes) throws SQLException {
        List<Probe> probes = new ArrayList<>();
        NewTableProbe newTables = new NewTableProbe(connection, searchPath, schemas.getFirst(), tables);
        for (Change change : changes) {
            try {
                Optional<Probe> probe = switch (change) {
                    case AddForeignKey key -> foreignKey(key);
                    case AddCheck check -> check(check);
                    case SetDefault set -> setDefault(set);
                    case CreateIndex index -> index(index);
                    case AddKey key -> key(key);
                    case AttachPartition attach -> attach(attach);
                    case DetachPartition detach -> detach(detach);
                    case SetStorageParameters set -> storageParameters(set);
                    case Comment comment -> comment(comment);
                    case SetRowSecurity set -> rowSecurity(set);
                    case SetReplicaIdentity set -> replicaIdentity(set);
                    case AddEnumValue value -> Optional.of(new EnumProbe(connection, searchPath).of(value.table()));
                    case AddColumn column -> addColumn(column);
                    case AlterType type -> alterType(type);
                    case SetStorage set -> setStorage(set);
                    case CreateTrigger trigger -> createTrigger(trigger);
                    case DropTrigger trigger -> dropTrigger(trigger);
                    case DropTable drop -> Optional.of(dropTable(drop));
                    case CreateTable table -> newTables.of(table);
                    case AddDomainConstraint check -> Optional.of(new DomainProbe(connection, searchPath).of(check));
                    case AddExclusion exclusion -> exclusion(exclusion);
                    case AddIdentity identity -> identity(identity);
                    default -> Optional.of(new Probe.None());
                };
                if (probe.isEmpty()) {
                    break;
                }
                probes.add(probe.get());
            } catch (SQLException e) {
                probes.add(failed(e));
                break;
            }
        }
        return probes;
    }

    private Optional<Probe> check(AddCheck change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null) {
            return Optional.empty();
        }
        // The same name, for the expression may qualify its columns with it. Unless there are children: PostgreSQL
        // reads
        // the same expression for each of them, and the parent's name means nothing there.
        boolean inherited = !change.noInherit() && !table.descendants().isEmpty();
        Identifier name =
                inherited ? new Identifier("phaselock_child") : table.name().name();
        return Optional.of(written(name, definitions(table), change.expression()));
    }

    /** How the server writes a check down. */
    Probe.Check written(Identifier name, String columns, String expression) throws SQLException {
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

    private Optional<Probe> attach(AttachPartition change) throws SQLException {
        Table table = tables.get(change.table());
        Table partition = tables.get(change.partition());
        if (table == null || partition == null || !table.partitioned()) {
            return Optional.empty();
        }
        String columns = definitions(table);
        return Optional.of(new PartitionProbe(connection, searchPath, table, partition)
                .attach(
                        change.bound(),
                        columns,
                        expression -> written(new Identifier("phaselock_part"), columns, expression)));
    }

    private Optional<Probe> detach(DetachPartition change) throws SQLException {
        Table table = tables.get(change.table());
        Table partition = tables.get(change.partition());
        return table == null || partition == null
                ? Optional.empty()
                : Optional.of(new PartitionProbe(connection, searchPath, table, partition).detach());
    }

    private Optional<Probe> storageParameters(SetStorageParameters change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new StorageProbe(connection, table.relation().oid()).of(change));
    }

    private Optional<Probe> comment(Comment change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new CommentProbe(connection, table.relation().oid()).of(change));
    }

    private Optional<Probe> rowSecurity(SetRowSecurity change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new TableProbe(connection, table.relation().oid()).of(change));
    }

    private Optional<Probe> replicaIdentity(SetReplicaIdentity change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new TableProbe(connection, table.relation().oid()).of(change));
    }

    private Optional<Probe> exclusion(AddExclusion change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null || table.partitioned()) {
            return Optional.empty();
        }
        Probe.Built built = indexProbe(table).ofConstraint("EXCLUDE " + change.definition());
        return Optional.of(new TableProbe(connection, table.relation().oid()).of(built));
    }

    private Optional<Probe> identity(AddIdentity change) throws SQLException {
        Table table = tables.get(change.table());
        List<Column> columns = columns(table, List.of(change.column()));
        if (table == null || columns.isEmpty()) {
            return Optional.empty();
        }
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_identity (" + definitions(columns) + " NOT NULL)")
                .add("ALTER TABLE pg_temp.phaselock_identity ALTER COLUMN c0 " + change.action())
                .add("DROP TABLE pg_temp.phaselock_identity")
                .run(connection);
        return Optional.of(new TableProbe(connection, table.relation().oid()).of(change));
    }

    /** Gone, an unqualified name could mean another table next time. */
    private Probe dropTable(DropTable change) throws SQLException {
        if (change.table().schema() == null && schemas.size() > 1) {
            return new Probe.Failed(UNDEFINED_TABLE, "name its schema, for database.schemas has several");
        }
        Table table = tables.get(change.table());
        return table == null
                ? new Probe.TableUse(List.of(), List.of(), false)
                : new TableUseProbe(connection).of(table);
    }

    private Optional<Probe> createTrigger(CreateTrigger change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new TriggerProbe(connection, searchPath, table).of(change, definitions(table)));
    }

    private Optional<Probe> dropTrigger(DropTrigger change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(new TriggerProbe(connection, searchPath, table).of(change.name()));
    }

    private Optional<Probe> index(CreateIndex change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(indexProbe(table).ofIndex(change.unique(), change.definition()));
    }

    private Optional<Probe> key(AddKey change) throws SQLException {
        Table table = tables.get(change.table());
        return table == null
                ? Optional.empty()
                : Optional.of(indexProbe(table).ofConstraint(change.key().constraintDefinition()));
    }

    private IndexProbe indexProbe(Table table) {
        return new IndexProbe(
                connection,
                searchPath,
                table.name().name(),
                definitions(table),
                table.partitioned() ? table.relation().oid() : 0);
    }

    /** All columns of a table, by their names. */
    static String definitions(Table table) {
        return table.columns().stream()
                .map(column -> definition(new Identifier(column.name()), column))
                .collect(Collectors.joining(", "));
    }

    private Optional<Probe> addColumn(AddColumn change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null) {
            return Optional.empty();
        }
        String others = table.columns().stream()
                .filter(column -> !column.name().equals(change.name().name()))
                .map(column -> definition(new Identifier(column.name()), column))
                .collect(Collectors.joining(", "));
        // As of a check: what it is generated from may name the table, unless the same counts for children.
        Identifier name = table.descendants().isEmpty() ? table.name().name() : new Identifier("phaselock_child");
        return Optional.of(new ColumnProbes(connection, searchPath, name, others)
                .add(
                        change,
                        Stream.concat(Stream.of(table), table.descendants().stream())
                                .map(each -> each.relation().oid())
                                .toList()));
    }

    private Optional<Probe> alterType(AlterType change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null || table.column(change.column().name()).isEmpty()) {
            return Optional.empty();
        }
        List<Table> all =
                Stream.concat(Stream.of(table), table.descendants().stream()).toList();
        return Optional.of(new ColumnProbes(connection, searchPath, table.name().name(), definitions(table))
                .alter(
                        change,
                        all.stream().flatMap(each -> each.indexes().stream()).toList(),
                        all.stream()
                                .filter(Table::partitioned)
                                .flatMap(each -> each.indexes().stream().map(Index::definition))
                                .collect(Collectors.toSet())));
    }

    private Optional<Probe> setStorage(SetStorage change) throws SQLException {
        List<Column> columns = columns(tables.get(change.table()), List.of(change.column()));
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_storage (" + definitions(columns) + ")")
                .add("ALTER TABLE pg_temp.phaselock_storage ALTER COLUMN c0 SET STORAGE " + change.storage())
                .add("DROP TABLE pg_temp.phaselock_storage")
                .run(connection);
        return Optional.of(new Probe.None());
    }

    private Optional<Probe> setDefault(SetDefault change) throws SQLException {
        List<Column> columns = columns(tables.get(change.table()), List.of(change.column()));
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        List<String> written = new ArrayList<>();
        tryDefault(
                new MultiStatement()
                        .add("CREATE TABLE pg_temp.phaselock_default (" + definitions(columns) + ")")
                        .add("SET LOCAL search_path = " + searchPath),
                change.expression(),
                written);
        String first = written.getFirst();
        // As of a check: what it reads again it may write down otherwise.
        tryDefault(new MultiStatement(), first.isEmpty() ? "NULL" : first, written);
        new MultiStatement().add("DROP TABLE pg_temp.phaselock_default").run(connection);
        return Optional.of(new Probe.Default(Set.copyOf(written)));
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

    private Optional<Probe> foreignKey(AddForeignKey change) throws SQLException {
        List<Column> columns = columns(tables.get(change.table()), change.columns());
        Table referenced = tables.get(change.referencedTable());
        List<Column> keys = referenced != null && change.referencedColumns().isEmpty()
                ? columns(
                        referenced,
                        referenced.primaryKey().stream().map(Identifier::new).toList())
                : columns(referenced, change.referencedColumns());
        if (columns.isEmpty() || columns.size() != keys.size()) {
            return Optional.empty();
        }
        String names = IntStream.range(0, columns.size()).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
        List<Comparison> comparisons = new ArrayList<>();
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_key (" + definitions(keys) + ", UNIQUE (" + names + "))")
                .add("CREATE TABLE pg_temp.phaselock_row (" + definitions(columns) + ", FOREIGN KEY (" + names
                        + ") REFERENCES pg_temp.phaselock_key (" + names + "))")
                .query(
                        """
                        SELECT pg_catalog.quote_ident(ns.nspname) || '.' || o.oprname AS operator,
                               CASE WHEN t.typtype <> 'p' AND o.oprright <> a.atttypid
                                    THEN pg_catalog.format_type(o.oprright, NULL) END AS type
                        FROM pg_catalog.pg_constraint AS c
                        -- Of several arrays: no function, but syntax that has no schema.
                        CROSS JOIN LATERAL unnest(c.conpfeqop, c.conkey) WITH ORDINALITY AS k (operator, attnum, n)
                        JOIN pg_catalog.pg_operator AS o ON o.oid = k.operator
                        JOIN pg_catalog.pg_namespace AS ns ON ns.oid = o.oprnamespace
                        JOIN pg_catalog.pg_type AS t ON t.oid = o.oprright
                        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                        WHERE c.contype = 'f' AND c.conrelid = (%s'phaselock_row')
                        ORDER BY k.n""".formatted(OURS),
                        row -> comparisons.add(
                                new Comparison("OPERATOR(" + row.getString("operator") + ")", row.getString("type"))))
                .add("DROP TABLE pg_temp.phaselock_row, pg_temp.phaselock_key")
                .run(connection);
        return Optional.of(new Probe.Key(comparisons));
    }

    /** Those of the names; none when one is not there. */
    private static List<Column> columns(@Nullable Table table, List<Identifier> names) {
        if (table == null) {
            return List.of();
        }
        List<Column> columns = names.stream()
                .flatMap(name -> table.column(name.name()).stream())
                .toList();
        return columns.size() == names.size() ? columns : List.of();
    }

    private static String definitions(List<Column> columns) {
        return IntStream.range(0, columns.size())
                .mapToObj(i -> definition(new Identifier("c" + i), columns.get(i)))
                .collect(Collectors.joining(", "));
    }

    private static String definition(Identifier name, Column column) {
        return name.quoted() + " " + column.type()
                + (column.collation() == null ? "" : " COLLATE " + column.collation());
    }

    /** What is wrong with the change; any other fault is thrown on. Without details, which could hold values. */
    private static Probe failed(SQLException fault) throws SQLException {
        String state = String.valueOf(fault.getSQLState());
        // Syntax error or access rule violation, feature not supported, data exception (in a constant).
        boolean ofTheChange =
                state.startsWith("42") || state.startsWith("0A") || state.startsWith("22") || state.equals("3F000");
        ServerErrorMessage message = fault instanceof PSQLException known ? known.getServerErrorMessage() : null;
        if (!ofTheChange || message == null) {
            throw fault;
        }
        String hint = message.getHint();
        return new Probe.Failed(state, message.getMessage() + (hint == null ? "" : " (" + hint + ")"));
    }
}
