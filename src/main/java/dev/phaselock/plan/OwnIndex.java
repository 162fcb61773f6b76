package dev.phaselock.plan;

import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An index that is built CONCURRENTLY under a name that is kept for Phaselock, and gets its own name when it is valid. A
 * build that ends before leaves an index that is not valid. That it is ours is proven by this name, which holds a hash of
 * the table, the wanted name and the definition, and by the definition itself; that nobody builds it still, by the
 * advisory lock that a runner holds while it does (docs/decisions/0010).
 */
final class OwnIndex {
    static final String PREFIX = "phaselock_build";

    private final Table table;
    private final boolean unique;
    private final String name;
    private final String create;
    private final Optional<Index> there;

    /**
     * @param wanted what makes it another one than others of the same definition: its name or constraint, as the change
     *     has it
     * @param definition what stands behind the table's name in the statement
     */
    OwnIndex(Table table, @Nullable Identifier wanted, Probe.Built built, boolean unique, String definition) {
        this.table = table;
        this.unique = unique;
        String part =
                wanted == null ? table.name().name().name() + "_" + String.join("_", built.names()) : wanted.name();
        this.name = OwnNames.of(
                PREFIX,
                part,
                String.join(
                        "\0",
                        table.name().quoted(),
                        wanted == null ? "" : wanted.quoted(),
                        String.valueOf(unique),
                        definition));
        this.create = "CREATE " + (unique ? "UNIQUE " : "") + "INDEX CONCURRENTLY " + Names.quoted(name) + " ON "
                + table.name().quoted() + " " + definition;
        this.there = table.index(name);
        there.filter(index -> index.unique() != unique || !built.forms().contains(index.definition()))
                .ifPresent(index -> {
                    throw new RefusedException(
                            Reason.CONFLICTING_DEFINITION,
                            "index %s of %s is there with another definition, and the name is kept for Phaselock's own: %s"
                                    .formatted(name, table.name(), index.definition()));
                });
    }

    /** By its name alone. */
    static boolean isOne(Index index) {
        return index.name().startsWith(PREFIX + "_");
    }

    String name() {
        return name;
    }

    QualifiedName qualified() {
        return QualifiedName.of(Names.schema(table), name);
    }

    /** Whether it is built, but has not got its own name yet. */
    boolean built() {
        return there.filter(Index::valid).isPresent();
    }

    /**
     * Its building.
     *
     * @param finished whether it is there under its own name
     * @param last what follows in the same step, once it is valid
     */
    Step.Concurrent step(
            String label, boolean done, boolean finished, List<String> last, Step.@Nullable DuplicateQuery duplicates) {
        List<String> statements = new ArrayList<>();
        String drop = "DROP INDEX CONCURRENTLY IF EXISTS " + qualified().quoted();
        if (!finished && there.isPresent() && !built()) {
            statements.add(drop);
        }
        if (finished || !built()) {
            statements.add(create);
        }
        statements.addAll(last);
        return new Step.Concurrent(
                label,
                done,
                table.relation(),
                new LockSet().add(table, LockMode.SHARE_UPDATE_EXCLUSIVE).toList(),
                statements,
                drop,
                unique ? duplicates : null);
    }

    /** Drops what a build that did not come to its end left. */
    Step.Concurrent rest() {
        return rest(table, name, there.isPresent());
    }

    /** Drops an index that nothing needs. */
    static Step.Concurrent rest(Table table, String name, boolean there) {
        return new Step.Concurrent(
                "Drop " + Names.shown(name),
                !there,
                table.relation(),
                new LockSet().add(table, LockMode.SHARE_UPDATE_EXCLUSIVE).toList(),
                List.of("DROP INDEX CONCURRENTLY IF EXISTS "
                        + QualifiedName.of(Names.schema(table), name).quoted()),
                null,
                null);
    }

    /** How the rows are found for which it cannot be built. */
    static Step.DuplicateQuery duplicates(Table table, String index, Probe.Built built, boolean nullsDistinct) {
        return new Step.DuplicateQuery(
                index,
                table.relation(),
                table.name().name().quoted(),
                built.names().subList(0, built.keys().size()),
                built.keys(),
                built.predicate(),
                nullsDistinct);
    }
}
