package dev.phaselock.plan;

import dev.phaselock.change.Comment;
import dev.phaselock.plan.CatalogFacts.Kind;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;

/**
 * Plans {@code COMMENT ON}: one step, under SHARE UPDATE EXCLUSIVE at most, which no reader or writer notices. Of a
 * constraint or an index the table is not locked so at all (CommentIT).
 */
final class CommentPlan {
    private CommentPlan() {}

    static List<Phase> phases(Comment change, int index, Planning planning) {
        Requirements requirements = new Requirements(planning.facts());
        Table table = requirements.table(change.table(), EnumSet.of(Kind.TABLE, Kind.PARTITIONED));
        Identifier name = change.name();
        planning.claimDefinition(table, "comment " + change.on() + " " + name, index);
        switch (change.on()) {
            case COLUMN ->
                Requirements.columns(table, List.of(Objects.requireNonNull(name).name()));
            case CONSTRAINT -> {
                // One that an earlier change adds is not in the catalog yet.
                if (planning.probe(index) instanceof Probe.Failed) {
                    Requirements.constraint(table, Objects.requireNonNull(name).name());
                }
            }
            case TABLE, INDEX -> {}
        }
        boolean done = State.done(planning, index, table);
        if (!done) {
            requirements.owner(List.of(table));
        }
        LockSet locks = new LockSet();
        if (change.on() == Comment.On.TABLE || change.on() == Comment.On.COLUMN) {
            locks.add(table, LockMode.SHARE_UPDATE_EXCLUSIVE);
        }
        String on = table.name().quoted();
        String target = switch (change.on()) {
            case TABLE -> "TABLE " + on;
            case COLUMN -> "COLUMN " + on + "." + Objects.requireNonNull(name).quoted();
            case CONSTRAINT -> "CONSTRAINT " + Objects.requireNonNull(name).quoted() + " ON " + on;
            case INDEX ->
                "INDEX "
                        + QualifiedName.of(
                                        Names.schema(table),
                                        Objects.requireNonNull(name).name())
                                .quoted();
        };
        return planning.brief(
                "Comment on " + (name == null ? table.name() : name),
                index,
                done,
                locks,
                List.of("COMMENT ON " + target + " IS "
                        + (change.text().isEmpty() ? "NULL" : Literals.quote(change.text()))),
                null);
    }
}
