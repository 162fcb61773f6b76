package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.ValidationRule;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/** One entry of {@code spec.changes}: exactly one operation. */
@ValidationRule(
        value =
                "[has(self.addForeignKey), has(self.addCheck), "
                        + "has(self.setNotNull), has(self.dropNotNull), has(self.validateConstraint), "
                        + "has(self.dropConstraint), has(self.renameConstraint), "
                        + "has(self.setDefault), has(self.dropDefault), "
                        + "has(self.createIndex), has(self.dropIndex), "
                        + "has(self.addUnique), has(self.addPrimaryKey), "
                        + "has(self.attachPartition), has(self.detachPartition), "
                        + "has(self.alterConstraint), has(self.setStorageParameters), has(self.comment), has(self.addEnumValue), has(self.setRowSecurity), has(self.setReplicaIdentity), "
                        + "has(self.dropColumn), has(self.addColumn), has(self.alterType), has(self.setStatistics), has(self.setStorage), has(self.createTrigger), has(self.dropTrigger), has(self.dropTable), has(self.createTable), has(self.addDomainConstraint), has(self.addExclusion), has(self.addIdentity), has(self.runStatement), has(self.reindex)].exists_one(x, x)",
        message = "exactly one operation is wanted in each entry of changes")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChangeSpec(
        @JsonPropertyDescription("Adds a foreign key.") AddForeignKeySpec addForeignKey,
        @JsonPropertyDescription("Adds a check constraint.") AddCheckSpec addCheck,
        @JsonPropertyDescription("Makes a column NOT NULL.") SetNotNullSpec setNotNull,

        @JsonPropertyDescription("Lets a column be null again.")
        DropNotNullSpec dropNotNull,

        @JsonPropertyDescription("Validates a constraint that somebody left NOT VALID.")
        ValidateConstraintSpec validateConstraint,

        @JsonPropertyDescription("Drops a constraint. Destructive: what it kept out may come in from then on.")
        DropConstraintSpec dropConstraint,

        @JsonPropertyDescription("Renames a constraint.") RenameConstraintSpec renameConstraint,

        @JsonPropertyDescription("Gives a column another default; rows that are there stay as they are.")
        SetDefaultSpec setDefault,

        @JsonPropertyDescription("Takes the default of a column away.")
        DropDefaultSpec dropDefault,

        @JsonPropertyDescription("Creates an index while reads and writes go on.")
        CreateIndexSpec createIndex,

        @JsonPropertyDescription("Drops an index while reads and writes go on.")
        DropIndexSpec dropIndex,

        @JsonPropertyDescription("Adds a unique constraint.")
        AddUniqueSpec addUnique,

        @JsonPropertyDescription("Adds a primary key, and NOT NULL of its columns.")
        AddPrimaryKeySpec addPrimaryKey,

        @JsonPropertyDescription("Makes a table a partition of another.")
        AttachPartitionSpec attachPartition,

        @JsonPropertyDescription("Makes a partition a table by itself.")
        DetachPartitionSpec detachPartition,

        @JsonPropertyDescription("Makes a foreign key deferrable or not.")
        AlterConstraintSpec alterConstraint,

        @JsonPropertyDescription("Sets storage parameters of a table, as fillfactor or those of autovacuum.")
        SetStorageParametersSpec setStorageParameters,

        @JsonPropertyDescription("Writes a comment on a table, or on a column, a constraint or an index of it.")
        CommentSpec comment,

        @JsonPropertyDescription("Adds a value to an enum type.")
        AddEnumValueSpec addEnumValue,

        @JsonPropertyDescription("Turns row level security of a table on or off.")
        SetRowSecuritySpec setRowSecurity,

        @JsonPropertyDescription("Says by what logical replication names the rows of a table.")
        SetReplicaIdentitySpec setReplicaIdentity,

        @JsonPropertyDescription(
                "Drops a column. Destructive: its values are gone, and what is over it alone goes along.")
        DropColumnSpec dropColumn,

        @JsonPropertyDescription(
                "Adds a column; where its default is volatile, the rows that are there get their values in batches.")
        AddColumnSpec addColumn,

        @JsonPropertyDescription("Changes the type of a column, where PostgreSQL has no work with the rows.")
        AlterTypeSpec alterType,

        @JsonPropertyDescription("Sets how much ANALYZE remembers of a column.")
        SetStatisticsSpec setStatistics,

        @JsonPropertyDescription("Sets where long values of a column go.")
        SetStorageSpec setStorage,

        @JsonPropertyDescription("Creates a trigger, or puts it in the place of one of the same name.")
        CreateTriggerSpec createTrigger,

        @JsonPropertyDescription("Drops a trigger. Destructive: what it did is done no more.")
        DropTriggerSpec dropTrigger,

        @JsonPropertyDescription("Drops a table. Destructive: its rows are gone.")
        DropTableSpec dropTable,

        @JsonPropertyDescription("Creates a table.") CreateTableSpec createTable,

        @JsonPropertyDescription(
                "Adds a check to a domain, for new values: it stays NOT VALID where a table uses the domain.")
        AddDomainConstraintSpec addDomainConstraint,

        @JsonPropertyDescription("Adds an exclusion constraint to a table that is empty.")
        AddExclusionSpec addExclusion,

        @JsonPropertyDescription("Makes a NOT NULL column an identity column.")
        AddIdentitySpec addIdentity,

        @JsonPropertyDescription("Runs one statement of a closed list as it is.")
        RunStatementSpec runStatement,

        @JsonPropertyDescription("Builds indexes anew while reads and writes go on.")
        ReindexSpec reindex) {

    /** The entry with this operation alone. */
    public static ChangeSpec of(OperationSpec operation) {
        RecordComponent[] components = ChangeSpec.class.getRecordComponents();
        try {
            Constructor<ChangeSpec> constructor = ChangeSpec.class.getDeclaredConstructor(
                    Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
            return constructor.newInstance(Stream.of(components)
                    .map(component -> component.getType().isInstance(operation) ? operation : null)
                    .toArray());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of our own cannot be made", e);
        }
    }

    /** The operations that are there, by their fields' names; exactly one unless the entry is wrong. */
    public Map<String, OperationSpec> operations() {
        Map<String, OperationSpec> operations = new LinkedHashMap<>();
        try {
            for (RecordComponent component : ChangeSpec.class.getRecordComponents()) {
                if (component.getAccessor().invoke(this) instanceof OperationSpec operation) {
                    operations.put(component.getName(), operation);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a record of our own cannot be read", e);
        }
        return operations;
    }
}
