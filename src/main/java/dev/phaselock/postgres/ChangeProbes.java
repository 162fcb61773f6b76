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
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.change.SetStorage;
import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Foreseen;
import dev.phaselock.plan.Index;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Tries changes on temporary tables that have the same columns. They are made of the columns' types and not by {@code
 * LIKE}, so that no table of the user's is locked, and that no more than the columns' types need be allowed to the role.
 */
final class ChangeProbes {
    private static final String UNDEFINED_TABLE = "42P01";

    /** A table, a column, a function, a type that is not there. */
    private static final Set<String> MISSING = Set.of(UNDEFINED_TABLE, "42703", "42883", "42704");

    private final Connection connection;
    private final List<Identifier> schemas;
    private final String searchPath;
    private final WrittenExpressions expressions;
    private final MadeTable made;

    /** As they are for the change that is tried: with what the earlier ones create. */
    private Map<QualifiedName, Table> tables;

    ChangeProbes(Connection connection, List<Identifier> schemas, Map<QualifiedName, Table> tables, MadeTable made) {
        this.connection = connection;
        this.schemas = schemas;
        this.searchPath = Stream.concat(schemas.stream().map(Identifier::quoted), Stream.of("pg_temp"))
                .collect(Collectors.joining(", "));
        this.tables = tables;
        this.made = made;
        this.expressions = new WrittenExpressions(connection, searchPath);
    }

    /** What the server makes of the changes, up to the first that it refuses or that cannot be tried. */
    List<Probe> probe(List<Change> changes) throws SQLException {
        List<Probe> probes = new ArrayList<>();
        NewTableProbe newTables = new NewTableProbe(connection, searchPath, schemas.getFirst(), made);
        for (Change change : changes) {
            try {
                Optional<Probe> probe = switch (change) {
                    case AddForeignKey key -> new ForeignKeyProbe(connection, tables).of(key);
                    case AddCheck check -> check(check);
                    case SetDefault set -> setDefault(set);
                    case CreateIndex index -> index(index);
                    case AddKey key -> key(key);
                    case AttachPartition attach -> attach(attach);
                    case DetachPartition detach -> detach(detach);
                    case SetStorageParameters set -> storageParameters(set);
                    case Comment comment -> comment(comment, changes.subList(0, probes.size()));
                    case SetRowSecurity set -> rowSecurity(set);
                    case SetReplicaIdentity set -> replicaIdentity(set);
                    case AddEnumValue value -> Optional.of(new EnumProbe(connection, searchPath).of(value.table()));
                    case AddColumn column -> addColumn(column);
                    case AlterType type -> alterType(type);
                    case SetStorage set -> setStorage(set);
                    case CreateTrigger trigger -> createTrigger(trigger);
                    case DropTrigger trigger -> dropTrigger(trigger);
                    case DropTable drop -> Optional.of(dropTable(drop));
                    case CreateTable table -> newTables.of(table, tables);
                    case AddDomainConstraint check -> Optional.of(new DomainProbe(connection, searchPath).of(check));
                    case AddExclusion exclusion -> exclusion(exclusion);
                    case AddIdentity identity -> identity(identity);
                    case RunStatement run -> Optional.of(statement(run, changes.subList(0, probes.size())));
                    default -> Optional.of(new Probe.None());
                };
                if (probe.isEmpty()) {
                    break;
                }
                probes.add(probe.get());
                tables = Foreseen.after(change, probe.get(), tables);
            } catch (SQLException e) {
                probes.add(failed(e));
                break;
            }
        }
        return probes;
    }

    private Probe statement(RunStatement run, List<Change> earlier) throws SQLException {
        StatementProbe probe = new StatementProbe(connection, searchPath, schemas.getFirst());
        if (run.rows() == null || earlier.stream().noneMatch(ChangeProbes::makesSomething)) {
            return probe.of(run);
        }
        // Rows of what an earlier change makes can be counted once its own phase comes: that plans again.
        Probe counted = new Probe.Statement(false, true, null, null, List.of());
        Savepoint before = connection.setSavepoint();
        try {
            Probe found = probe.of(run);
            return found instanceof Probe.Failed failed && MISSING.contains(failed.sqlState()) ? counted : found;
        } catch (SQLException e) {
            if (!MISSING.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
            connection.rollback(before);
            return counted;
        }
    }

    private static boolean makesSomething(Change change) {
        return change instanceof AddColumn || change instanceof CreateTable || change instanceof RunStatement;
    }

    private Optional<Probe> check(AddCheck change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null) {
            return Optional.empty();
        }
        // The same name, for the expression may qualify its columns with it. Unless there are children: PostgreSQL
        // reads the same expression for each of them, and the parent's name means nothing there.
        boolean inherited = !change.noInherit() && !table.descendants().isEmpty();
        Identifier name =
                inherited ? new Identifier("phaselock_child") : table.name().name();
        return Optional.of(expressions.ofCheck(name, Definitions.of(table), change.expression()));
    }

    private Optional<Probe> attach(AttachPartition change) throws SQLException {
        Table table = tables.get(change.table());
        Table partition = tables.get(change.partition());
        if (table == null || partition == null || !table.partitioned()) {
            return Optional.empty();
        }
        String columns = Definitions.of(table);
        return Optional.of(new PartitionProbe(connection, searchPath, table, partition)
                .attach(
                        change.bound(),
                        columns,
                        expression -> expressions.ofCheck(new Identifier("phaselock_part"), columns, expression)));
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

    private Optional<Probe> comment(Comment change, List<Change> earlier) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null) {
            return Optional.empty();
        }
        Probe probe = new CommentProbe(connection, table.relation().oid()).of(change);
        boolean made = earlier.stream()
                .filter(other -> table.equals(tables.get(other.table())))
                .anyMatch(other -> switch (change.on()) {
                    case TABLE -> false;
                    case COLUMN ->
                        other instanceof AddColumn column && column.name().equals(change.name());
                    case CONSTRAINT -> other.constraints().contains(change.name());
                    case INDEX ->
                        other instanceof CreateIndex index && index.indexes().contains(change.name());
                });
        return Optional.of(made && probe instanceof Probe.Failed ? new Probe.State(false) : probe);
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
        List<Column> columns = Definitions.columns(table, List.of(change.column()));
        if (table == null || columns.isEmpty()) {
            return Optional.empty();
        }
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_identity (" + Definitions.numbered(columns) + " NOT NULL)")
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
                : Optional.of(new TriggerProbe(connection, searchPath, table).of(change, Definitions.of(table)));
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
                Definitions.of(table),
                table.partitioned() ? table.relation().oid() : 0);
    }

    private Optional<Probe> addColumn(AddColumn change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null) {
            return Optional.empty();
        }
        String others = table.columns().stream()
                .filter(column -> !column.name().equals(change.name().name()))
                .map(column -> Definitions.of(new Identifier(column.name()), column))
                .collect(Collectors.joining(", "));
        // As of a check: what it is generated from may name the table, unless the same counts for children.
        Identifier name = table.descendants().isEmpty() ? table.name().name() : new Identifier("phaselock_child");
        Probe.Altered column = new ColumnProbes(connection, searchPath, name, others)
                .add(
                        change,
                        Stream.concat(Stream.of(table), table.descendants().stream())
                                .map(each -> each.relation().oid())
                                .toList());
        if (change.key() == null && change.check() == null) {
            return Optional.of(column);
        }
        Map<QualifiedName, Table> before = tables;
        tables = Foreseen.after(change, column, tables);
        Optional<Probe> key =
                change.key() == null ? Optional.empty() : new ForeignKeyProbe(connection, tables).of(change.key());
        Optional<Probe> check = change.check() == null ? Optional.empty() : check(change.check());
        tables = before;
        return Optional.of(new Probe.NewColumn(column, key.orElse(new Probe.None()), check.orElse(new Probe.None())));
    }

    private Optional<Probe> alterType(AlterType change) throws SQLException {
        Table table = tables.get(change.table());
        if (table == null || table.column(change.column().name()).isEmpty()) {
            return Optional.empty();
        }
        List<Table> all =
                Stream.concat(Stream.of(table), table.descendants().stream()).toList();
        return Optional.of(new ColumnProbes(connection, searchPath, table.name().name(), Definitions.of(table))
                .alter(
                        change,
                        all.stream().flatMap(each -> each.indexes().stream()).toList(),
                        all.stream()
                                .filter(Table::partitioned)
                                .flatMap(each -> each.indexes().stream().map(Index::definition))
                                .collect(Collectors.toSet())));
    }

    private Optional<Probe> setStorage(SetStorage change) throws SQLException {
        List<Column> columns = Definitions.columns(tables.get(change.table()), List.of(change.column()));
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        new MultiStatement()
                .add("CREATE TABLE pg_temp.phaselock_storage (" + Definitions.numbered(columns) + ")")
                .add("ALTER TABLE pg_temp.phaselock_storage ALTER COLUMN c0 SET STORAGE " + change.storage())
                .add("DROP TABLE pg_temp.phaselock_storage")
                .run(connection);
        return Optional.of(new Probe.None());
    }

    private Optional<Probe> setDefault(SetDefault change) throws SQLException {
        List<Column> columns = Definitions.columns(tables.get(change.table()), List.of(change.column()));
        if (columns.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Probe.Default(expressions.ofDefault(columns.getFirst(), change.expression())));
    }

    /** What is wrong with the change; any other fault is thrown on. Without details, which could hold values. */
    private static Probe failed(SQLException fault) throws SQLException {
        String state = String.valueOf(fault.getSQLState());
        // Syntax error or access rule violation, feature not supported, data exception (in a constant).
        boolean ofTheChange =
                state.startsWith("42") || state.startsWith("0A") || state.startsWith("22") || state.equals("3F000");
        ServerErrorMessage message = fault instanceof PSQLException known ? known.getServerErrorMessage() : null;
        if (!ofTheChange || (message == null && fault instanceof PSQLException)) {
            throw fault;
        }
        if (message == null) {
            // A probe's own word, of what the server would refuse.
            return new Probe.Failed(state, fault.getMessage());
        }
        String hint = message.getHint();
        return new Probe.Failed(state, message.getMessage() + (hint == null ? "" : " (" + hint + ")"));
    }
}
