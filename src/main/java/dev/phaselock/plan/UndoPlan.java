package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AddPrimaryKey;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.Reversal;
import dev.phaselock.change.SetNotNull;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Plans how one change is undone. Its parts are what {@link Reversal} says and, last, what an unfinished change leaves
 * (an index that is not valid, a check that was to be dropped again); of a primary key that comes after its first part, too, for
 * the columns of a partition's key are NOT NULL as long as it is there. Each part is planned by itself, as the operation
 * that it is.
 *
 * <p>A part of which the catalog says that there is nothing to undo is done. Otherwise what is there must be what the
 * change itself would have made: where planning the change again is refused, because something of the name is there with
 * another definition, so is undoing it (UNDO-1).
 */
public final class UndoPlan {
    private final Change change;
    private final @Nullable Change reversal;

    private UndoPlan(Change change, @Nullable Change reversal) {
        this.change = change;
        this.reversal = reversal;
    }

    /** Of one part. */
    public static UndoPlan of(Change change, int part) {
        List<Optional<Change>> all = all(change);
        if (part < 0 || part >= all.size()) {
            throw new RefusedException(
                    Reason.INVALID_SPEC, "%s has no part %d that undoes it".formatted(change.label(), part));
        }
        return new UndoPlan(change, all.get(part).orElse(null));
    }

    /** How many parts undo a change; 0 when it cannot be undone. */
    public static int parts(Change change) {
        return all(change).size();
    }

    /** Empty for what an unfinished change leaves. */
    private static List<Optional<Change>> all(Change change) {
        List<Optional<Change>> all = new ArrayList<>();
        Reversal.of(change).forEach(reversal -> all.add(Optional.of(reversal)));
        if (!all.isEmpty() && leavesSomething(change)) {
            all.add(Optional.empty());
            if (change instanceof AddPrimaryKey) {
                all.add(1, Optional.empty());
            }
        }
        return all;
    }

    private static boolean leavesSomething(Change change) {
        return switch (change) {
            case CreateIndex _, AddKey _, SetNotNull _, AttachPartition _, AddForeignKey _ -> true;
            default -> false;
        };
    }

    /** What {@link #plan} needs the facts of, in this order. */
    public List<Change> changes() {
        return reversal == null ? List.of(change) : List.of(change, reversal);
    }

    /**
     * Plans.
     *
     * @param facts of {@link #changes}
     * @throws RefusedException when it cannot be undone, or what is there is not what the change makes
     */
    public Plan plan(ValidationSpec validation, CatalogFacts facts) {
        Requirements.server(facts.server());
        return reversal == null ? rest(validation, facts) : reversed(reversal, validation, facts);
    }

    /**
     * Whether there is nothing to undo, and the change will not take over something of somebody else's, which would go with
     * it: what is there once the change is done was added by it.
     *
     * @param facts of {@link #changes}
     * @throws RefusedException when that cannot be judged
     */
    public boolean absent(ValidationSpec validation, CatalogFacts facts) {
        return plan(validation, facts).validated() && !again(validation, facts).takesSomethingOver();
    }

    private Plan reversed(Change undoing, ValidationSpec validation, CatalogFacts facts) {
        List<Phase> phases = Planner.phases(undoing, 1, new Planning(changes(), facts, validation), List.of());
        if (!phases.stream().allMatch(Phase::done)) {
            again(validation, facts);
        }
        return Planner.plan(List.of(undoing), facts, facts, phases);
    }

    private Plan rest(ValidationSpec validation, CatalogFacts facts) {
        Planning planning = again(validation, facts);
        String label = "Drop what is left of " + change.label();
        Planning own = new Planning(List.of(change), facts, validation);
        List<Phase> phases = List.of(
                own.phase(PhaseType.INDEX, label, 0, planning.rest(Step.Concurrent.class)),
                own.phase(PhaseType.APPLY, label, 0, planning.rest(Step.Brief.class)));
        return Planner.plan(List.of(change), facts, facts, phases);
    }

    private Planning again(ValidationSpec validation, CatalogFacts facts) {
        Planning planning = new Planning(List.of(change), facts, validation);
        try {
            Planner.phases(change, 0, planning, List.of());
        } catch (RefusedException e) {
            throw new RefusedException(e.reason(), change.label() + " is not undone: " + e.getMessage());
        }
        return planning;
    }
}
