package dev.phaselock.plan;

import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddDomainConstraint;
import dev.phaselock.change.AddEnumValue;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.AddPrimaryKey;
import dev.phaselock.change.AddUnique;
import dev.phaselock.change.AlterConstraint;
import dev.phaselock.change.AlterType;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTable;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropColumn;
import dev.phaselock.change.DropConstraint;
import dev.phaselock.change.DropDefault;
import dev.phaselock.change.DropIndex;
import dev.phaselock.change.DropNotNull;
import dev.phaselock.change.DropTable;
import dev.phaselock.change.DropTrigger;
import dev.phaselock.change.Reindex;
import dev.phaselock.change.RenameConstraint;
import dev.phaselock.change.RunStatement;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetNotNull;
import dev.phaselock.change.SetReplicaIdentity;
import dev.phaselock.change.SetRowSecurity;
import dev.phaselock.change.SetStatistics;
import dev.phaselock.change.SetStorage;
import dev.phaselock.change.SetStorageParameters;
import dev.phaselock.change.ValidateConstraint;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;

/**
 * Plans changes into phases that never make writers wait for longer than a moment. A pure function: the same changes and
 * facts give the same plan.
 *
 * <p>The idea: what needs a strong lock reads no rows, and what reads rows takes no strong lock; the two are never in one
 * transaction. A constraint is added NOT VALID (milliseconds under the lock) and validated afterwards (SHARE UPDATE
 * EXCLUSIVE, which no reader or writer notices). Every step says by the catalog whether it is done, so that a plan can be
 * made again at any time, and what is there already, whoever put it there, is only finished. A change may be about what
 * an earlier one creates ({@link Foreseen}).
 *
 * <p>Which lock which statement takes was measured on PostgreSQL 13 to 18; PlanIT measures it again.
 */
public final class Planner {
    private Planner() {}

    /**
     * Plans.
     *
     * @param changes at least one, in the order in which they are carried out
     * @throws RefusedException if it cannot be done, or not without making writers wait
     */
    public static Plan plan(List<Change> changes, ValidationSpec validation, CatalogFacts facts) {
        Requirements.server(facts.server());
        CatalogFacts foreseen = Foreseen.after(changes, facts);
        ColumnClaims.require(changes, foreseen);
        TableClaims.require(changes, foreseen);
        RunStatementPlan.requireApart(changes);
        Planning planning = new Planning(changes, facts, validation);
        List<Phase> phases = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            phases.addAll(phases(changes.get(i), i, planning, changes.subList(0, i)));
            planning.planned(i);
        }
        return plan(changes, facts, foreseen, phases);
    }

    /**
     * The plan that has these phases.
     *
     * @param foreseen the facts, and with them what the changes create
     */
    static Plan plan(List<Change> changes, CatalogFacts facts, CatalogFacts foreseen, List<Phase> phases) {
        return new Plan(
                PlanHash.of(changes, facts, foreseen),
                name(changes.getFirst().table(), foreseen),
                label(changes),
                changes.stream()
                        .flatMap(change -> change.tables().stream())
                        .map(table -> name(table, foreseen))
                        .distinct()
                        .sorted()
                        .toList(),
                phases);
    }

    /** @param earlier the changes before it */
    static List<Phase> phases(Change planned, int index, Planning planning, List<Change> earlier) {
        return switch (planned) {
            case AddForeignKey foreignKey -> AddForeignKeyPlan.phases(foreignKey, index, planning);
            case AddCheck check -> AddCheckPlan.phases(check, index, planning);
            case SetNotNull change -> SetNotNullPlan.phases(change, index, planning);
            case DropNotNull change -> DropNotNullPlan.phases(change, index, planning);
            case ValidateConstraint change -> ValidateConstraintPlan.phases(change, index, planning);
            case DropConstraint change -> DropConstraintPlan.phases(change, index, planning);
            case RenameConstraint change -> RenameConstraintPlan.phases(change, index, planning);
            case SetDefault change -> SetDefaultPlan.phases(change, index, planning);
            case DropDefault change -> DropDefaultPlan.phases(change, index, planning);
            case CreateIndex change -> CreateIndexPlan.phases(change, index, planning);
            case DropIndex change -> DropIndexPlan.phases(change, index, planning);
            case AddUnique change -> AddUniquePlan.phases(change, index, planning);
            case AddPrimaryKey change -> AddPrimaryKeyPlan.phases(change, index, planning);
            case AttachPartition change -> AttachPartitionPlan.phases(change, index, planning);
            case DetachPartition change -> DetachPartitionPlan.phases(change, index, planning);
            case AlterConstraint change -> AlterConstraintPlan.phases(change, index, planning);
            case SetStorageParameters change -> SetStorageParametersPlan.phases(change, index, planning);
            case Comment change -> CommentPlan.phases(change, index, planning);
            case AddEnumValue change -> AddEnumValuePlan.phases(change, index, planning);
            case SetRowSecurity change -> SetRowSecurityPlan.phases(change, index, planning);
            case SetReplicaIdentity change -> SetReplicaIdentityPlan.phases(change, index, planning);
            case DropColumn change -> DropColumnPlan.phases(change, index, planning);
            case AddColumn change -> AddColumnPlan.phases(change, index, planning);
            case AlterType change -> AlterTypePlan.phases(change, index, planning);
            case SetStatistics change -> SetStatisticsPlan.phases(change, index, planning);
            case SetStorage change -> SetStoragePlan.phases(change, index, planning);
            case CreateTrigger change -> CreateTriggerPlan.phases(change, index, planning);
            case DropTrigger change -> DropTriggerPlan.phases(change, index, planning);
            case DropTable change -> DropTablePlan.phases(change, index, planning, earlier);
            case CreateTable change -> CreateTablePlan.phases(change, index, planning);
            case AddDomainConstraint change -> AddDomainConstraintPlan.phases(change, index, planning);
            case AddExclusion change -> AddExclusionPlan.phases(change, index, planning);
            case AddIdentity change -> AddIdentityPlan.phases(change, index, planning);
            case Reindex change -> ReindexPlan.phases(change, index, planning);
            case RunStatement change -> RunStatementPlan.phases(change, index, planning);
        };
    }

    private static String name(QualifiedName requested, CatalogFacts facts) {
        CatalogFacts.Table table = facts.tables().get(requested);
        return (table == null ? requested : table.name()).toString();
    }

    private static String label(List<Change> changes) {
        String first = changes.getFirst().label();
        return changes.size() == 1 ? first : first + " and " + (changes.size() - 1) + " more";
    }
}
