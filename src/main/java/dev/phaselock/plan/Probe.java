package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Comparison;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the server made of a change, tried on temporary tables of the same columns. */
public sealed interface Probe {

    /**
     * Of a check.
     *
     * @param expression as the server writes it down
     * @param forms this, and as it writes it down after a dump and a restore
     * @param columns that it is about; a reference to the whole row is the empty name
     */
    record Check(String expression, Set<String> forms, List<String> columns) implements Probe {
        public Check {
            forms = Set.copyOf(forms);
            columns = List.copyOf(columns);
        }
    }

    /** Of a foreign key: how each pair of columns is compared. */
    record Key(List<Comparison> comparisons) implements Probe {
        public Key {
            comparisons = List.copyOf(comparisons);
        }
    }

    /**
     * Of a default.
     *
     * @param forms as the server writes it down, and as it does so after a dump and a restore; the empty text for a
     *     default that is null, which is none
     */
    record Default(Set<String> forms) implements Probe {
        public Default {
            forms = Set.copyOf(forms);
        }
    }

    /**
     * Of an index, or of a constraint that is made of one.
     *
     * @param forms as the server writes it down from {@code USING} on, and as it does so after a dump and a restore
     * @param names of its columns, those that are included too, as PostgreSQL's rule for an index's name takes them
     * @param keys its key columns and expressions, as the server writes them down
     * @param predicate as the server writes it down; null for all rows
     * @param constraint the constraint, as {@code pg_get_constraintdef} writes it; null for an index alone
     */
    record Built(
            Set<String> forms,
            List<String> names,
            List<String> keys,
            @Nullable String predicate,
            @Nullable String constraint)
            implements Probe {
        public Built {
            forms = Set.copyOf(forms);
            names = List.copyOf(names);
            keys = List.copyOf(keys);
        }
    }

    /**
     * Of a partition that is to be, or is to be no longer.
     *
     * @param there the table that it is a partition of; 0 for none
     * @param thereBound by which it is so, as the server writes it down; null for none
     * @param pending whether that is being ended by {@code DETACH PARTITION … CONCURRENTLY}
     * @param bound the wanted one, as the server writes it down; null when it is to be none
     * @param expression what holds for each of its rows then, as the server writes a check of that down; null for nothing
     * @param forms this, and as it writes it down after a dump and a restore
     * @param exclusion what holds for each row of the default partition then; null where it is itself that
     * @param exclusionForms likewise
     * @param defaultPartition the partitioned table's; 0 for none
     * @param nullable its columns that lack a valid NOT NULL which the partitioned table has
     * @param referencing the tables whose foreign keys refer to the partitioned table
     */
    record Partition(
            long there,
            @Nullable String thereBound,
            boolean pending,
            @Nullable String bound,
            @Nullable String expression,
            Set<String> forms,
            @Nullable String exclusion,
            Set<String> exclusionForms,
            long defaultPartition,
            List<String> nullable,
            List<Long> referencing)
            implements Probe {
        public Partition {
            forms = Set.copyOf(forms);
            exclusionForms = Set.copyOf(exclusionForms);
            nullable = List.copyOf(nullable);
            referencing = List.copyOf(referencing);
        }
    }

    /** Of what is there or not, as the catalog says. */
    record State(boolean done) implements Probe {}

    /**
     * Of an enum type.
     *
     * @param name with its schema
     * @param owned whether the role is the owner, or a member of the owner
     * @param values that it has
     */
    record EnumType(QualifiedName name, String owner, boolean owned, Set<String> values) implements Probe {
        public EnumType {
            values = Set.copyOf(values);
        }
    }

    /**
     * Of a table that is dropped.
     *
     * @param dependents what would have to go with it that DROP TABLE … RESTRICT does not drop
     * @param referenced the tables to which foreign keys of it and of its partitions refer
     * @param partition whether it is a partition
     */
    record TableUse(List<Dependent> dependents, List<Long> referenced, boolean partition) implements Probe {
        public TableUse {
            dependents = List.copyOf(dependents);
            referenced = List.copyOf(referenced);
        }

        /**
         * What depends on it.
         *
         * @param description as {@code pg_describe_object} names it
         * @param table of a foreign key, the referencing table; 0 of anything else
         * @param constraint its name; empty for anything else
         */
        public record Dependent(String description, long table, String constraint) {}
    }

    /**
     * Of a table that is created.
     *
     * @param name with its schema
     * @param wanted its columns, constraints and partition key, as the server writes them down
     * @param there likewise, of the table of this name that is there; null for none
     * @param other what else has this name, for people; null for nothing
     * @param allowed whether the role may create in the schema
     * @param made what it will be for changes that follow; null when it is there, for then the catalog says it
     */
    record NewTable(
            QualifiedName name,
            List<String> wanted,
            @Nullable List<String> there,
            @Nullable String other,
            boolean allowed,
            CatalogFacts.@Nullable Table made)
            implements Probe {
        public NewTable {
            wanted = List.copyOf(wanted);
            there = there == null ? null : List.copyOf(there);
        }
    }

    /**
     * Of a check that a domain gets.
     *
     * @param name the domain's, with its schema
     * @param owned whether the role is its owner, or a member of that
     * @param forms the wanted expression, as the server writes it down, and as it does so after a dump and a restore
     * @param there what there is under the constraint's name; null for nothing
     * @param uses an SQL expression: whether a relation has a column of the domain, or of a type that is made of it
     * @param used whether that is so
     */
    record Domain(
            QualifiedName name,
            String owner,
            boolean owned,
            Set<String> forms,
            @Nullable String there,
            String uses,
            boolean used)
            implements Probe {
        public Domain {
            forms = Set.copyOf(forms);
        }
    }

    /**
     * Of an exclusion constraint.
     *
     * @param definition as {@code pg_get_constraintdef} writes it
     * @param empty whether the table has no page at all
     */
    record Exclusion(String definition, boolean empty) implements Probe {}

    /**
     * Of a column that becomes an identity column.
     *
     * @param there as in {@code pg_attribute.attidentity}: a(lways), by d(efault) or a blank
     * @param notNull whether it is NOT NULL, with a constraint that is valid
     * @param hasDefault whether it has a default
     * @param partition whether the table is a partition
     */
    record Identity(char there, boolean notNull, boolean hasDefault, boolean partition) implements Probe {}

    /**
     * Of a trigger.
     *
     * @param forms of the wanted one, as the server writes it down without its table's name, and as it does so after a
     *     dump and a restore; none where none is wanted
     * @param there the one of this name that is there, likewise; null for none
     * @param internal whether that belongs to a constraint
     * @param ofParent whether it is a clone of a partitioned table's
     * @param disabled whether it does not fire in ordinary sessions
     * @param cloned whether partitions have clones of it
     * @param allowed whether the role may create triggers on the table
     * @param inTheWay partitions that have another trigger of this name, where the wanted one would be cloned
     */
    record Trigger(
            Set<String> forms,
            @Nullable String there,
            boolean internal,
            boolean ofParent,
            boolean disabled,
            boolean cloned,
            boolean allowed,
            List<String> inTheWay)
            implements Probe {
        public Trigger {
            forms = Set.copyOf(forms);
            inTheWay = List.copyOf(inTheWay);
        }
    }

    /**
     * Of a column that is added or altered.
     *
     * @param type with its modifiers
     * @param collation schema-qualified and quoted; null when the type has none
     * @param defaults see {@link Default}; of a generated column what it is generated from
     * @param rewritten whether the server wrote the table anew
     * @param filled whether it keeps a value for the rows that are there
     * @param rebuilt indexes that it built anew, by their definitions
     * @param filling where it wrote the table anew because of a default, but would not if that is set by itself; else null
     */
    record Altered(
            String type,
            @Nullable String collation,
            Set<String> defaults,
            boolean rewritten,
            boolean filled,
            List<String> rebuilt,
            @Nullable Filling filling)
            implements Probe {
        /** Of what rows need not be filled for. */
        public Altered(
                String type,
                @Nullable String collation,
                Set<String> defaults,
                boolean rewritten,
                boolean filled,
                List<String> rebuilt) {
            this(type, collation, defaults, rewritten, filled, rebuilt, null);
        }

        public Altered {
            defaults = Set.copyOf(defaults);
            rebuilt = List.copyOf(rebuilt);
        }
    }

    /**
     * Of a column that comes with constraints.
     *
     * @param column see {@link Altered}
     * @param key of its foreign key; {@link None} for none
     * @param check of its check; likewise
     */
    record NewColumn(Altered column, Probe key, Probe check) implements Probe {}

    /**
     * What rows meet that are filled.
     *
     * @param triggers those of UPDATE that fire for them, as {@code pg_describe_object} names them
     * @param rules those of UPDATE, likewise
     */
    record Filling(List<String> triggers, List<String> rules) {
        public Filling {
            triggers = List.copyOf(triggers);
            rules = List.copyOf(rules);
        }
    }

    /**
     * Of a statement that runs as it is.
     *
     * @param there whether all its objects are there
     * @param none whether none of them is
     * @param same of what is there, whether it has the wanted definition; null where that was not asked
     * @param other what keeps it from being done, for people: refused for that; null for nothing
     * @param locks what it locks, of what is there
     */
    record Statement(
            boolean there,
            boolean none,
            @Nullable Boolean same,
            @Nullable String other,
            List<RelationLock> locks) implements Probe {
        public Statement {
            locks = List.copyOf(locks);
        }
    }

    /** There was nothing to try. */
    record None() implements Probe {}

    /** The server refused it. */
    record Failed(String sqlState, String message) implements Probe {}
}
