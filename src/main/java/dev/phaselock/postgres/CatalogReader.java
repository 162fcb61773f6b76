package dev.phaselock.postgres;

import dev.phaselock.change.Change;
import dev.phaselock.change.CreateTable;
import dev.phaselock.plan.CatalogFacts;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.Probe;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads from the catalog what a plan needs to know, in one transaction that is always rolled back, with one snapshot. It
 * locks no table of the user's, but for ACCESS SHARE where existing checks are compared: then the server itself opens the
 * table. It creates temporary tables of the same columns, on which the server tries each change: so it is the server that
 * says what an expression means, which columns it is about, and whether types fit.
 */
public final class CatalogReader {
    private static final int OLDEST = 13;

    /** For ACCESS SHARE, behind which nobody else waits but ACCESS EXCLUSIVE. */
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

    private final Connection connection;
    private final List<Change> changes;
    private final List<Identifier> schemas;
    private final List<QualifiedName> requested;

    private final Map<Integer, Long> resolved = new HashMap<>();
    private final Set<Long> referenced = new LinkedHashSet<>();
    private final Map<Long, TableDraft> drafts = new HashMap<>();
    private final Map<String, Set<String>> takenNames = new HashMap<>();
    private final List<QualifiedName> otherTables = new ArrayList<>();
    private final Map<QualifiedName, String> relations = new HashMap<>();
    private @Nullable Server server;

    private CatalogReader(Connection connection, List<Change> changes, List<Identifier> schemas) {
        this.connection = connection;
        this.changes = changes;
        this.schemas = schemas;
        this.requested = changes.stream()
                .flatMap(change -> change.tables().stream())
                .distinct()
                .toList();
    }

    /**
     * Reads. What is missing is missing in the facts: only the planner refuses.
     *
     * @param connection in autocommit mode, and so again afterwards
     * @param schemas where unqualified names are looked for, in this order
     * @throws SQLException when the server could not be asked
     */
    public static CatalogFacts read(Connection connection, List<Change> changes, List<Identifier> schemas)
            throws SQLException {
        if (!connection.getAutoCommit()) {
            throw new IllegalStateException("the connection is in a transaction");
        }
        connection.setAutoCommit(false);
        CatalogFacts facts;
        try {
            facts = new CatalogReader(connection, changes, schemas).read();
        } catch (SQLException | RuntimeException e) {
            try {
                end(connection);
            } catch (SQLException broken) {
                e.addSuppressed(broken);
            }
            throw e;
        }
        end(connection);
        return facts;
    }

    private static void end(Connection connection) throws SQLException {
        connection.rollback();
        connection.setAutoCommit(true);
    }

    private CatalogFacts read() throws SQLException {
        MultiStatement first = new MultiStatement()
                .add("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                .add("SET LOCAL standard_conforming_strings = on")
                .add("SET LOCAL lock_timeout = '" + LOCK_TIMEOUT.toMillis() + "ms'")
                .add("SET LOCAL search_path = ''")
                .query(CatalogQueries.SERVER, row -> server = server(row));
        if (!requested.isEmpty()) {
            first.query(
                    CatalogQueries.resolve(requested, indexes(), schemas),
                    row -> resolved.put(row.getInt("n"), row.getLong("oid")));
        }
        first.run(connection);
        Server known = server;
        if (known == null) {
            throw new SQLException("the server did not say what it is");
        }
        Map<QualifiedName, Table> tables = new LinkedHashMap<>();
        List<Probe> probes = List.of();
        if (known.major() >= OLDEST) {
            CatalogQueries queries = new CatalogQueries(known.major());
            readReferenced(queries);
            readTables(queries);
            resolved.forEach(
                    (n, oid) -> tables.put(requested.get(n), drafts.get(oid).table()));
            if (!known.standby() && !known.readOnly() && known.mayCreateTemporary()) {
                probes = new ChangeProbes(connection, schemas, tables, new MadeTable(connection, queries, changes))
                        .probe(changes);
            }
        }
        return new CatalogFacts(
                known,
                tables,
                referenced.stream().map(oid -> drafts.get(oid).table()).toList(),
                otherTables,
                takenNames,
                relations,
                probes);
    }

    /** Those of the requested names that are indexes'. */
    private Set<QualifiedName> indexes() {
        return changes.stream()
                .filter(Change::namesIndexOnly)
                .map(Change::table)
                .collect(Collectors.toSet());
    }

    private void readReferenced(CatalogQueries queries) throws SQLException {
        Set<Long> followed = tables(Change::followsAllReferences);
        List<String> names = names(changes.stream().filter(Change::followsReference));
        Set<Long> changed = tables(Change::changesColumns);
        MultiStatement statement = new MultiStatement();
        if (!names.isEmpty() && !resolved.isEmpty()) {
            statement.query(
                    CatalogQueries.referenced(resolved.values(), names), row -> referenced.add(row.getLong("oid")));
        }
        if (!followed.isEmpty()) {
            statement.query(CatalogQueries.referenced(followed), row -> referenced.add(row.getLong("oid")));
        }
        if (!changed.isEmpty()) {
            statement.query(
                    ColumnQueries.referenced(queries.tree(changed), columns(Change::changesColumns)),
                    row -> referenced.add(row.getLong("oid")));
        }
        Set<Long> dropped = tables(Change::dropsTable);
        if (!dropped.isEmpty()) {
            statement.query(TableUseProbe.referenced(queries.tree(dropped)), row -> referenced.add(row.getLong("oid")));
        }
        statement.run(connection);
        referenced.removeAll(resolved.values());
    }

    private List<String> columns(Predicate<Change> which) {
        return changes.stream()
                .filter(which)
                .flatMap(change -> change.detailedColumns().stream())
                .map(Identifier::name)
                .toList();
    }

    private static List<String> names(Stream<Change> changes) {
        return changes.flatMap(change -> change.constraints().stream())
                .map(Identifier::name)
                .toList();
    }

    private void readTables(CatalogQueries queries) throws SQLException {
        MultiStatement statement = new MultiStatement();
        if (!resolved.isEmpty()) {
            Set<Long> roots = new HashSet<>(resolved.values());
            roots.addAll(referenced);
            List<String> columns = columns(_ -> true);
            List<String> names = names(changes.stream());
            statement
                    .query(queries.relations(roots), this::relation)
                    .query(queries.columns(roots, columns), row -> draft(row).addColumn(row))
                    .query(queries.keys(roots), row -> draft(row).addKey(row))
                    .query(
                            queries.constraints(roots, tables(Change::comparesChecks), names),
                            row -> draft(row).addConstraint(row));
            Set<Long> changed = tables(Change::changesColumns);
            if (!changed.isEmpty()) {
                statement.query(
                        ColumnQueries.uses(queries.edges(changed), columns(Change::changesColumns)),
                        row -> draft(row).addUse(row));
            }
            Set<Long> indexed = tables(Change::comparesIndexes);
            if (!indexed.isEmpty()) {
                List<String> indexes = changes.stream()
                        .flatMap(change -> change.indexes().stream())
                        .map(Identifier::name)
                        .toList();
                statement
                        .query(
                                IndexQueries.indexes(queries.tree(indexed), indexes),
                                row -> draft(row).addIndex(row))
                        .query(
                                IndexQueries.relations(indexed, indexes),
                                row -> relations.put(
                                        QualifiedName.of(row.getString("schema"), row.getString("name")),
                                        row.getString("description")));
            }
        }
        if (changes.stream().anyMatch(Change::letsPostgresqlChooseName)) {
            Set<Long> roots = new HashSet<>(resolved.values());
            roots.addAll(referenced);
            statement.query(
                    queries.takenNames(roots, createdIn()),
                    row -> takenNames
                            .computeIfAbsent(row.getString("schema"), _ -> new HashSet<>())
                            .add(row.getString("name")));
        }
        if (resolved.size() < requested.size()) {
            statement.query(
                    CatalogQueries.OTHER_TABLES,
                    row -> otherTables.add(QualifiedName.of(row.getString("schema"), row.getString("name"))));
        }
        statement.run(connection);
    }

    /** The schemas in which changes create tables. */
    private Set<String> createdIn() {
        return changes.stream()
                .filter(change -> change instanceof CreateTable)
                .map(change -> change.table().schema() == null
                        ? schemas.getFirst().name()
                        : change.table().schema().name())
                .collect(Collectors.toSet());
    }

    /** The tables of some changes. */
    private Set<Long> tables(Predicate<Change> which) {
        return changes.stream()
                .filter(which)
                .flatMap(change -> change.tables().stream())
                .flatMap(table -> Stream.ofNullable(resolved.get(requested.indexOf(table))))
                .collect(Collectors.toSet());
    }

    private void relation(ResultSet row) throws SQLException {
        TableDraft draft = drafts.get(row.getLong("oid"));
        if (draft == null) {
            draft = new TableDraft(row);
            drafts.put(draft.relation().oid(), draft);
        }
        long root = row.getLong("root");
        if (draft.relation().oid() != root) {
            drafts.get(root).addDescendant(draft);
        }
    }

    /** The one that a row is of. */
    private TableDraft draft(ResultSet row) throws SQLException {
        return drafts.get(row.getLong("relation"));
    }

    private static Server server(ResultSet row) throws SQLException {
        return new Server(
                row.getInt("number"),
                row.getString("version"),
                row.getBoolean("standby"),
                row.getBoolean("read_only"),
                row.getString("role"),
                row.getString("database"),
                row.getBoolean("temporary"));
    }
}
