package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Comparison;
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
     * Of a column that is added or altered.
     *
     * @param type with its modifiers
     * @param collation schema-qualified and quoted; null when the type has none
     * @param defaults see {@link Default}; of a generated column what it is generated from
     * @param rewritten whether the server wrote the table anew
     * @param filled whether it keeps a value for the rows that are there
     * @param rebuilt indexes that it built anew, by their definitions
     */
    record Altered(
            String type,
            @Nullable String collation,
            Set<String> defaults,
            boolean rewritten,
            boolean filled,
            List<String> rebuilt)
            implements Probe {
        public Altered {
            defaults = Set.copyOf(defaults);
            rebuilt = List.copyOf(rebuilt);
        }
    }

    /** There was nothing to try. */
    record None() implements Probe {}

    /** The server refused it. */
    record Failed(String sqlState, String message) implements Probe {}
}
