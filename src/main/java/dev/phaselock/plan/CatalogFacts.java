package dev.phaselock.plan;

import dev.phaselock.api.AddForeignKeySpec.Action;
import dev.phaselock.api.AddForeignKeySpec.Match;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a plan needs to know of a server and its catalog, read in one transaction. Names are as in the catalog, not
 * quoted; types and definitions are as the server writes them with an empty {@code search_path}, so that they mean the
 * same everywhere.
 *
 * @param tables what the changes' tables are, by the name that the change has for them; what is not there is missing
 * @param referenced other tables, to which foreign keys that the changes name refer
 * @param otherTables names that may have been meant, when a table is missing; otherwise empty
 * @param takenNames the names of constraints that a new one in a schema must not get by PostgreSQL's rule, by schema;
 *     empty when every change has its name
 * @param relations what relations are there, in the changes' tables' schemas, under the names of indexes that the changes
 *     make or drop: the name with its schema, and what it is, for people
 * @param probes what the server made of each change, in order; shorter than the changes when one could not be tried
 */
public record CatalogFacts(
        Server server,
        Map<QualifiedName, Table> tables,
        List<Table> referenced,
        List<QualifiedName> otherTables,
        Map<String, Set<String>> takenNames,
        Map<QualifiedName, String> relations,
        List<Probe> probes) {
    public CatalogFacts {
        tables = Map.copyOf(tables);
        referenced = List.copyOf(referenced);
        otherTables = List.copyOf(otherTables);
        takenNames = Map.copyOf(takenNames);
        relations = Map.copyOf(relations);
        probes = List.copyOf(probes);
    }

    /**
     * One of the tables that were read.
     *
     * @throws IllegalArgumentException if none has this oid
     */
    public Table table(long oid) {
        return Stream.concat(tables.values().stream(), referenced.stream())
                .filter(table -> table.relation().oid() == oid)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no table " + oid + " was read"));
    }

    /**
     * The server and the session.
     *
     * @param versionNumber as {@code server_version_num}
     * @param text the version in short, {@code 17.11}
     * @param standby whether it is in recovery
     * @param readOnly whether transactions are read-only for another reason
     * @param role the current role
     * @param mayCreateTemporary whether the role has TEMPORARY on the database
     */
    public record Server(
            int versionNumber,
            String text,
            boolean standby,
            boolean readOnly,
            String role,
            String database,
            boolean mayCreateTemporary) {

        public int major() {
            return versionNumber / 10_000;
        }
    }

    /** What kind of relation it is. */
    public enum Kind {
        TABLE("table"),
        PARTITIONED("partitioned table"),
        FOREIGN("foreign table"),
        VIEW("view"),
        MATERIALIZED_VIEW("materialized view"),
        SEQUENCE("sequence");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        /** For people. */
        public String label() {
            return label;
        }
    }

    /**
     * A relation.
     *
     * @param kind what it is
     * @param persistence as in {@code pg_class.relpersistence}: p(ermanent), u(nlogged) or t(emporary)
     * @param estimatedRows {@code reltuples}; negative when unknown
     * @param owner the owner's name
     * @param ownerReads whether the owner may look up and lock its rows (USAGE on the schema, SELECT and UPDATE): for each
     *     new referencing row PostgreSQL does so in its name
     * @param columns in order; of descendants none
     * @param keys its valid unique indexes over whole columns of all rows, the primary key first
     * @param constraints of it, all kinds
     * @param indexes of it, valid or not, if a change asks for them ({@code Change.comparesIndexes})
     * @param descendants all its partitions, or inheritance children, on every level, in the order in which PostgreSQL
     *     locks them
     */
    public record Table(
            Relation relation,
            Kind kind,
            char persistence,
            long estimatedRows,
            String owner,
            boolean ownerReads,
            Privileges privileges,
            List<Column> columns,
            List<UniqueKey> keys,
            List<Constraint> constraints,
            List<Index> indexes,
            List<Table> descendants) {
        public Table {
            columns = List.copyOf(columns);
            keys = List.copyOf(keys);
            constraints = List.copyOf(constraints);
            indexes = List.copyOf(indexes);
            descendants = List.copyOf(descendants);
        }

        public QualifiedName name() {
            return relation.name();
        }

        public boolean partitioned() {
            return kind == Kind.PARTITIONED;
        }

        public Optional<Column> column(String name) {
            return columns.stream().filter(column -> column.name().equals(name)).findFirst();
        }

        public Optional<Constraint> constraint(String name) {
            return constraints.stream()
                    .filter(constraint -> constraint.name().equals(name))
                    .findFirst();
        }

        public Optional<Index> index(String name) {
            return indexes.stream().filter(index -> index.name().equals(name)).findFirst();
        }

        /** The primary key's columns; empty when there is none. */
        public List<String> primaryKey() {
            return keys.stream()
                    .filter(UniqueKey::primary)
                    .map(UniqueKey::columns)
                    .findFirst()
                    .orElse(List.of());
        }

        /** A partitioned table's partitions that have rows of their own (or of a foreign server). */
        public List<Table> leaves() {
            return descendants.stream().filter(table -> !table.partitioned()).toList();
        }
    }

    /**
     * What the current role may do with a relation.
     *
     * @param schemaUsage USAGE on its schema
     * @param schemaCreate CREATE on its schema, which the owner of a table needs for an index
     * @param owner whether it is the owner, or a member of the owner
     * @param lock whether it may {@code LOCK TABLE} in all modes: UPDATE, DELETE or TRUNCATE, or from 17 on MAINTAIN
     *     (PostgreSQL documentation, LOCK)
     * @param select SELECT on all of it
     * @param references REFERENCES on all of it
     * @param rowSecurity whether row security hides rows from it ({@code row_security_active})
     */
    public record Privileges(
            boolean schemaUsage,
            boolean schemaCreate,
            boolean owner,
            boolean lock,
            boolean select,
            boolean references,
            boolean rowSecurity) {

        /** Whether {@code LOCK TABLE … IN mode MODE} is allowed. */
        public boolean mayLock(LockMode mode) {
            return lock || (mode == LockMode.ACCESS_SHARE && select);
        }
    }

    /**
     * A column.
     *
     * @param type with its modifiers
     * @param collation schema-qualified and quoted; null when the type has none
     * @param generated as in {@code pg_attribute.attgenerated}: s(tored), v(irtual) or a blank
     * @param select whether the role may read it
     * @param references whether the role may refer to it
     * @param details null for a column whose details no change asks for ({@code Change.detailedColumns})
     */
    public record Column(
            String name,
            String type,
            @Nullable String collation,
            char generated,
            boolean select,
            boolean references,
            @Nullable ColumnDetails details) {

        /** {@code details}, which the change asked for. */
        public ColumnDetails detailed() {
            if (details == null) {
                throw new IllegalStateException("the details of " + name + " were not read");
            }
            return details;
        }
    }

    /**
     * More of a column.
     *
     * @param notNull {@code pg_attribute.attnotnull}; from 18 on also where the constraint is not valid yet
     * @param notNullEverywhere whether it is so in the table and in all that inherits from it
     * @param notNullByParent whether it is so in the parent of this partition
     * @param identity whether it is an identity column
     * @param defaults its different defaults in the table and in all that inherits from it, as {@code pg_get_expr}
     *     writes them; the empty text for none
     * @param statistics its different targets likewise; -1 for {@code default_statistics_target}
     * @param storages its different storages likewise, as in {@code pg_attribute.attstorage}
     * @param use what it is bound to, where a change asks for it ({@code Change.changesColumns})
     */
    public record ColumnDetails(
            boolean notNull,
            boolean notNullEverywhere,
            boolean notNullByParent,
            boolean identity,
            Set<String> defaults,
            Set<Integer> statistics,
            Set<String> storages,
            ColumnUse use) {
        public ColumnDetails {
            defaults = Set.copyOf(defaults);
            statistics = Set.copyOf(statistics);
            storages = Set.copyOf(storages);
        }
    }

    /**
     * A unique index.
     *
     * @param immediate false for one of a deferrable constraint, which no foreign key can use
     */
    public record UniqueKey(List<String> columns, boolean primary, boolean immediate) {
        public UniqueKey {
            columns = List.copyOf(columns);
        }
    }

    /**
     * A constraint.
     *
     * @param definition as {@code pg_get_constraintdef} writes it
     * @param columns that it is about
     * @param enforced false only for NOT ENFORCED, from 18 on
     * @param ownPart whether it is the server's own part of another constraint of the same table, for a partition of the
     *     referenced one
     * @param attached whether it belongs to a constraint of a parent
     * @param expression of a check, as {@code pg_get_expr} writes it; null for other kinds
     * @param foreignKey of a foreign key; null for other kinds
     * @param kind as in {@code pg_constraint.contype}: c(heck), f(oreign key), n(ot null, from 18 on), p(rimary key),
     *     u(nique), x (exclusion), t(rigger)
     * @param inherited whether a parent has it too, so that it goes and comes with the parent's
     * @param notNullColumn the column of a not-null constraint, and of a check that says just the same of one column;
     *     null for others
     * @param comparisons of a foreign key that a change names
     * @param dependents what else depends on it, as {@code pg_describe_object} names it, if a change names it
     */
    public record Constraint(
            String name,
            String definition,
            List<String> columns,
            boolean validated,
            boolean enforced,
            boolean noInherit,
            boolean ownPart,
            boolean attached,
            @Nullable String expression,
            @Nullable ForeignKey foreignKey,
            char kind,
            boolean inherited,
            @Nullable String notNullColumn,
            List<Comparison> comparisons,
            List<String> dependents) {
        public Constraint {
            columns = List.copyOf(columns);
            comparisons = List.copyOf(comparisons);
            dependents = List.copyOf(dependents);
        }
    }

    /**
     * What makes a foreign key.
     *
     * @param referenced the referenced table's oid
     * @param onDeleteColumns see {@link #setColumns}
     * @param period whether it is a temporal one
     */
    public record ForeignKey(
            long referenced,
            List<String> columns,
            List<String> referencedColumns,
            Action onDelete,
            Set<String> onDeleteColumns,
            Action onUpdate,
            Match match,
            boolean deferrable,
            boolean initiallyDeferred,
            boolean period) {
        public ForeignKey {
            columns = List.copyOf(columns);
            referencedColumns = List.copyOf(referencedColumns);
            onDeleteColumns = Set.copyOf(onDeleteColumns);
        }

        /** The columns that ON DELETE SET … sets, as this record has them: none means all, and so does all. */
        public static Set<String> setColumns(List<String> set, List<String> all) {
            Set<String> columns = Set.copyOf(set);
            return columns.equals(Set.copyOf(all)) ? Set.of() : columns;
        }
    }

    /**
     * The comparison of a referenced with a referencing column, by which the key is checked: {@code referenced operator
     * referencing cast collation}.
     *
     * @param operator {@code OPERATOR(pg_catalog.=)}
     * @param cast the type that the referencing column is cast to; null for none
     */
    public record Comparison(String operator, @Nullable String cast) {}
}
