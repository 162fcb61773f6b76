package dev.phaselock.plan;

import dev.phaselock.change.Reindex;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans {@code REINDEX INDEX CONCURRENTLY}, for each index by itself: SHARE UPDATE EXCLUSIVE on the table, which no reader or
 * writer minds. One that ended too early leaves an index that is not valid, {@code …_ccnew} or {@code …_ccold}; that goes first.
 *
 * <p>Such a one is proven by more than its name: it is not valid and has the definition of the index beside which it stands.
 * Whose it was does not matter: REINDEX is one statement that holds SHARE UPDATE EXCLUSIVE to its end, and it is dropped under
 * that lock, so nobody is at work on it, and nobody can go on with it (PostgreSQL documentation, REINDEX, "Rebuilding Indexes
 * Concurrently").
 */
final class ReindexPlan {
    /** As makeObjectName cuts: so that the suffix fits. */
    private static final int LONGEST = 63;

    private ReindexPlan() {}

    static List<Phase> phases(Reindex change, int index, Planning planning) {
        if (change.namesIndexOnly() && !planning.facts().tables().containsKey(change.table())) {
            throw new RefusedException(Reason.INVALID_TARGET, "index " + change.table() + " is not there");
        }
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        requirements.owner(List.of(table));
        List<Table> tables = table.partitioned()
                ? table.leaves().stream()
                        .filter(leaf -> leaf.kind() == Kind.TABLE)
                        .toList()
                : List.of(table);
        if (change.name() != null) {
            requireIndex(table, change.name());
        }
        List<Step.Concurrent> steps = new ArrayList<>();
        for (Table each : tables) {
            for (Index one : each.indexes()) {
                boolean wanted = change.name() == null
                        ? !leftover(each, one) && !OwnIndex.isOne(one) && !exclusion(each, one)
                        : one.name().equals(change.name().name());
                if (wanted) {
                    steps.add(step(each, one));
                }
            }
        }
        String what = change.name() == null
                ? table.name().toString()
                : Names.shown(change.name().name());
        return List.of(planning.phase(PhaseType.INDEX, "Reindex " + what, index, steps));
    }

    private static void requireIndex(Table table, Identifier name) {
        Optional<Index> there = table.index(name.name());
        if (table.partitioned()) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "%s is partitioned, and its index has no rows of its own: leave index out, or name a partition as the table"
                            .formatted(table.name()));
        }
        if (there.isEmpty()) {
            throw new RefusedException(
                    Reason.INVALID_TARGET, "%s has no index %s".formatted(table.name(), Names.shown(name.name())));
        }
        if (exclusion(table, there.get())) {
            throw new RefusedException(
                    Reason.UNSUPPORTED,
                    "PostgreSQL builds the index of an exclusion constraint not concurrently: REINDEX INDEX %s by hand, while writers of %s wait"
                            .formatted(
                                    QualifiedName.of(Names.schema(table), name.name())
                                            .quoted(),
                                    table.name()));
        }
    }

    private static Step.Concurrent step(Table table, Index index) {
        List<String> statements = new ArrayList<>();
        table.indexes().stream()
                .filter(other -> leftoverOf(index, other))
                .forEach(other -> statements.add("DROP INDEX CONCURRENTLY IF EXISTS " + quoted(table, other)));
        statements.add("REINDEX INDEX CONCURRENTLY " + quoted(table, index));
        return new Step.Concurrent(
                "Reindex " + Names.shown(index.name()) + " of " + table.name(),
                false,
                table.relation(),
                new LockSet().add(table, LockMode.SHARE_UPDATE_EXCLUSIVE).toList(),
                statements,
                null,
                null);
    }

    private static String quoted(Table table, Index index) {
        return QualifiedName.of(Names.schema(table), index.name()).quoted();
    }

    private static boolean exclusion(Table table, Index index) {
        return index.constraint() != null
                && table.constraint(index.constraint())
                        .filter(constraint -> constraint.kind() == 'x')
                        .isPresent();
    }

    private static boolean leftover(Table table, Index index) {
        return table.indexes().stream().anyMatch(each -> leftoverOf(each, index));
    }

    /** Whether a REINDEX of this index that ended too early has left the other. */
    private static boolean leftoverOf(Index index, Index other) {
        return !other.valid()
                && !other.name().equals(index.name())
                && other.constraint() == null
                && other.definition().equals(index.definition())
                && Stream.of("_ccnew", "_ccold").anyMatch(suffix -> named(index.name(), other.name(), suffix));
    }

    /** The server cuts a long name, and adds a number where the name is taken. */
    private static boolean named(String name, String other, String suffix) {
        int at = other.lastIndexOf(suffix);
        return at > 0
                && other.substring(at + suffix.length()).chars().allMatch(c -> c >= '0' && c <= '9')
                && (other.substring(0, at).equals(name)
                        || (name.startsWith(other.substring(0, at))
                                && other.getBytes(StandardCharsets.UTF_8).length >= LONGEST - 3));
    }
}
