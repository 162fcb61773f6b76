package dev.phaselock.plan;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.plan.CatalogFacts.Column;
import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.plan.CatalogFacts.Constraint;
import dev.phaselock.plan.CatalogFacts.ForeignKey;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Privileges;
import dev.phaselock.plan.CatalogFacts.Server;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.plan.CatalogFacts.UniqueKey;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes catalog facts for planner tests: tables in the schema public, of which the role is the owner. */
final class Facts {
    static final Privileges OWNER = new Privileges(true, true, true, true, true, true, false);

    private final Map<QualifiedName, Table> tables = new LinkedHashMap<>();
    private final List<QualifiedName> others = new ArrayList<>();
    private final List<Probe> probes = new ArrayList<>();
    private final Map<String, Set<String>> taken = new HashMap<>();
    private final Map<QualifiedName, String> relations = new HashMap<>();
    private Server server;

    private Facts(int major) {
        server = new Server(major * 10_000, major + ".1", false, false, "app", "shop", true);
    }

    static Facts postgres(int major) {
        return new Facts(major);
    }

    Facts server(Server other) {
        server = other;
        return this;
    }

    Facts with(TableFacts... added) {
        for (TableFacts table : added) {
            Table made = table.make();
            tables.put(QualifiedName.parse(table.name), made);
            made.constraints().forEach(constraint -> taken(constraint.name()));
        }
        return this;
    }

    Facts other(String table) {
        others.add(QualifiedName.of("public", table));
        return this;
    }

    Facts taken(String constraint) {
        taken.computeIfAbsent("public", _ -> new HashSet<>()).add(constraint);
        return this;
    }

    Facts relation(String name, String description) {
        relations.put(QualifiedName.of("public", name), description);
        return this;
    }

    Facts probe(Probe probe) {
        probes.add(probe);
        return this;
    }

    /** The server compares by {@code =}. */
    Facts comparable(int columns) {
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            comparisons.add(new Comparison("OPERATOR(pg_catalog.=)", null));
        }
        return probe(new Probe.Key(comparisons));
    }

    /** The server understands an expression about columns. */
    Facts understands(String expression, String... columns) {
        return probe(new Probe.Check(expression, Set.of(expression), List.of(columns)));
    }

    CatalogFacts build() {
        return new CatalogFacts(server, tables, List.of(), others, taken, relations, probes);
    }

    static TableFacts table(String name) {
        return new TableFacts(name);
    }

    /** One table. Its oid is made of its name, so that others can refer to it. */
    static final class TableFacts {
        private final String name;
        private Kind kind = Kind.TABLE;
        private char persistence = 'p';
        private Privileges privileges = OWNER;
        private String owner = "app";
        private boolean ownerReads = true;
        private final List<Column> columns = new ArrayList<>();
        private final List<UniqueKey> keys = new ArrayList<>();
        private final List<Constraint> constraints = new ArrayList<>();
        private final List<Index> indexes = new ArrayList<>();
        private final List<Table> descendants = new ArrayList<>();

        private TableFacts(String name) {
            this.name = name;
        }

        TableFacts kind(Kind other) {
            kind = other;
            return this;
        }

        TableFacts persistence(char other) {
            persistence = other;
            return this;
        }

        TableFacts privileges(Privileges other) {
            privileges = other;
            return this;
        }

        TableFacts owner(String other) {
            owner = other;
            return this;
        }

        TableFacts ownerReads(boolean reads) {
            ownerReads = reads;
            return this;
        }

        /** {@code "id bigint"} or {@code "note text"}, the latter of the default collation. */
        TableFacts columns(String... definitions) {
            for (String definition : definitions) {
                String[] parts = definition.split(" ", 2);
                columns.add(new Column(
                        parts[0],
                        parts[1],
                        parts[1].equals("text") ? "pg_catalog.\"default\"" : null,
                        ' ',
                        privileges.select(),
                        privileges.references(),
                        null));
            }
            return this;
        }

        TableFacts column(Column column) {
            columns.add(column);
            return this;
        }

        /** A column of type integer of which more is known: whether it is NOT NULL, and its default (empty for none). */
        TableFacts detailed(String column, boolean notNull, String defaultExpression) {
            columns.add(new Column(
                    column,
                    "integer",
                    null,
                    ' ',
                    privileges.select(),
                    privileges.references(),
                    new CatalogFacts.ColumnDetails(
                            notNull,
                            notNull,
                            false,
                            false,
                            Set.of(defaultExpression),
                            Set.of(-1),
                            Set.of("p"),
                            new ColumnUse(false, List.of(), List.of(), defaultExpression))));
            return this;
        }

        TableFacts primaryKey(String... names) {
            keys.add(new UniqueKey(List.of(names), true, true));
            return this;
        }

        TableFacts key(UniqueKey key) {
            keys.add(key);
            return this;
        }

        TableFacts constraint(Constraint constraint) {
            constraints.add(constraint);
            return this;
        }

        TableFacts index(Index index) {
            indexes.add(index);
            return this;
        }

        TableFacts partitions(TableFacts... parts) {
            kind = Kind.PARTITIONED;
            return children(parts);
        }

        TableFacts children(TableFacts... parts) {
            for (TableFacts part : parts) {
                descendants.add(part.make());
            }
            return this;
        }

        private Table make() {
            return new Table(
                    relation(name),
                    kind,
                    persistence,
                    1000,
                    owner,
                    ownerReads,
                    privileges,
                    columns,
                    keys,
                    constraints,
                    indexes,
                    descendants);
        }
    }

    static Relation relation(String name) {
        return new Relation(20_000 + Math.floorMod(name.hashCode(), 10_000), QualifiedName.of("public", name));
    }

    /** {@code customer_id} refers to {@code customers (id)}, as simply as can be. */
    static ForeignKey toCustomers() {
        return new ForeignKey(
                relation("customers").oid(),
                List.of("customer_id"),
                List.of("id"),
                Action.NO_ACTION,
                Set.of(),
                Action.NO_ACTION,
                Match.SIMPLE,
                false,
                false,
                false);
    }

    static Constraint foreignKey(String name, ForeignKey key, boolean validated) {
        return new Constraint(
                name,
                "FOREIGN KEY (…) REFERENCES …",
                key.columns(),
                validated,
                true,
                true,
                false,
                false,
                null,
                key,
                'f',
                false,
                null,
                List.of(),
                List.of());
    }

    static Constraint check(String name, String expression, boolean validated) {
        return new Constraint(
                name,
                "CHECK (" + expression + ")",
                List.of(),
                validated,
                true,
                false,
                false,
                false,
                expression,
                null,
                'c',
                false,
                null,
                List.of(),
                List.of());
    }
}
