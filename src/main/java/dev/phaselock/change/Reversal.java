package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What undoes a change: other changes of the catalogue. Only what adds something, under a name that the manifest gives,
 * can be undone: what drops or replaces something loses it, and what got its name by PostgreSQL's rule could be mistaken.
 */
public final class Reversal {
    private Reversal() {}

    /**
     * What undoes it, in this order.
     *
     * @return empty when it cannot be undone
     */
    public static List<Change> of(Change change) {
        return switch (change) {
            case AddForeignKey key -> key.replaces() == null ? constraint(key, key.name()) : List.of();
            case AddCheck check -> check.replaces() == null ? constraint(check, check.name()) : List.of();
            case AddExclusion exclusion -> constraint(exclusion, exclusion.name());
            case AddUnique key -> key(key);
            case AddPrimaryKey key -> primaryKey(key);
            case SetNotNull notNull -> List.of(new DropNotNull(notNull.table(), notNull.column()));
            case RenameConstraint rename ->
                List.of(new RenameConstraint(rename.table(), rename.newName(), rename.name()));
            case CreateIndex index ->
                index.name() == null ? List.of() : List.of(new DropIndex(index.table(), index.name(), false));
            case AttachPartition attach -> List.of(new DetachPartition(attach.table(), attach.partition()));
            case AddColumn column -> List.of(new DropColumn(column.table(), column.name()));
            case CreateTrigger trigger ->
                trigger.replace() ? List.of() : List.of(new DropTrigger(trigger.table(), trigger.name()));
            case CreateTable table -> List.of(new DropTable(table.table()));
            // With forced two things change, and one of them may have been so before.
            case SetRowSecurity security ->
                security.forced() != null
                        ? List.of()
                        : List.of(new SetRowSecurity(security.table(), !security.enabled(), null));
            // What was there before is lost, or nothing was added.
            case DropNotNull _,
                    ValidateConstraint _,
                    DropConstraint _,
                    SetDefault _,
                    DropDefault _,
                    DropIndex _,
                    DetachPartition _,
                    AlterConstraint _,
                    SetStorageParameters _,
                    Comment _,
                    SetReplicaIdentity _,
                    DropColumn _,
                    AlterType _,
                    SetStatistics _,
                    SetStorage _,
                    DropTrigger _,
                    DropTable _ -> List.of();
            // The catalogue has nothing that takes it away; an enum's value PostgreSQL itself cannot.
            case AddEnumValue _, AddDomainConstraint _, AddIdentity _, Reindex _, RunStatement _ -> List.of();
        };
    }

    private static List<Change> constraint(Change change, @Nullable Identifier name) {
        return name == null ? List.of() : List.of(new DropConstraint(change.table(), name));
    }

    /** An index that was there before goes with the constraint, so that one would be lost; so is what it replaced. */
    private static List<Change> key(AddKey key) {
        return key.key().usingIndex() != null || key.replaces() != null ? List.of() : constraint(key, key.name());
    }

    /** The key first, for its columns are NOT NULL as long as it is there. */
    private static List<Change> primaryKey(AddPrimaryKey key) {
        List<Change> all = new ArrayList<>(key(key));
        if (!all.isEmpty()) {
            key.notNull().forEach(notNull -> all.add(new DropNotNull(notNull.table(), notNull.column())));
        }
        return all;
    }
}
