package dev.phaselock.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;

/** What a person wants changed, where, and how patiently. */
@ValidationRule(
        value = "[has(self.changes), has(self.sql), has(self.sqlFrom)].exists_one(x, x)",
        message = "exactly one of changes, sql and sqlFrom is wanted")
@ValidationRule(
        value = "!has(self.deletionPolicy) || self.deletionPolicy != 'Revert' || !has(self.sqlFrom)",
        message =
                "deletionPolicy Revert does not go with sqlFrom, for the ConfigMap may be another or gone by then: put the"
                        + " text into sql")
@ValidationRule(
        // What can be undone: see dev.phaselock.change.Reversal. What sql says is for Preflight to judge.
        value =
                "!has(self.deletionPolicy) || self.deletionPolicy != 'Revert' || !has(self.changes) || self.changes.all(c, "
                        + "(has(c.addForeignKey) && has(c.addForeignKey.name) && !has(c.addForeignKey.replaces))"
                        + " || (has(c.addCheck) && has(c.addCheck.name) && !has(c.addCheck.replaces))"
                        + " || has(c.addExclusion) || has(c.setNotNull) || has(c.renameConstraint)"
                        + " || (has(c.addUnique) && has(c.addUnique.name) && !has(c.addUnique.usingIndex) && !has(c.addUnique.replaces))"
                        + " || (has(c.addPrimaryKey) && has(c.addPrimaryKey.name) && !has(c.addPrimaryKey.usingIndex))"
                        + " || (has(c.createIndex) && has(c.createIndex.name)) || has(c.attachPartition)"
                        + " || has(c.addColumn) || has(c.createTable)"
                        + " || (has(c.createTrigger) && !(has(c.createTrigger.replace) && c.createTrigger.replace))"
                        + " || (has(c.setRowSecurity) && !has(c.setRowSecurity.forced)))",
        message = "deletionPolicy Revert: a change in changes cannot be undone. These can: addForeignKey, addCheck,"
                + " addUnique, addPrimaryKey and createIndex with a name and without usingIndex and replaces, addExclusion,"
                + " setNotNull, renameConstraint, attachPartition, addColumn, createTable, createTrigger without"
                + " replace, setRowSecurity without forced. Put the others into a SchemaChange of their own with"
                + " deletionPolicy Retain")
public record SchemaChangeSpec(
        @Required
        @JsonPropertyDescription(
                "The database that is changed. Cannot be edited once a phase that changes it has begun.")
        DatabaseSpec database,

        @Size(min = 1, max = 100)
        @JsonPropertyDescription(
                "The changes, in the order in which they are carried out; exactly one operation in each. Cannot be edited once a phase that changes the database has begun.")
        List<ChangeSpec> changes,

        @Size(min = 1, max = 50_000)
        @JsonPropertyDescription(
                "Instead of changes, the same as statements of SQL, which are planned as if they were written as changes: how they are to run (BEGIN, CONCURRENTLY, NOT VALID, lock_timeout) is Phaselock's to decide. What is not understood is refused. Cannot be edited once a phase that changes the database has begun.")
        String sql,

        @JsonPropertyDescription(
                "Instead of sql, where the statements are: 50,000 characters at most. The operator reads them before each phase; once one that changes the database has begun, another text is not carried out before it is put back, or the annotation phaselock.dev/retry gets a new value.")
        SqlFromSpec sqlFrom,

        @JsonPropertyDescription("How locks are acquired, and what writers may feel of it.")
        LocksSpec locks,

        @JsonPropertyDescription("How existing rows are checked.")
        ValidationSpec validation,

        @JsonPropertyDescription("How rows that are there get their value of a new column whose default is volatile.")
        BackfillSpec backfill,

        @Default("false")
        @JsonPropertyDescription(
                "Stops before the next phase, and cancels one that waits for a lock or fills rows. What is done stays.")
        Boolean suspend,

        @Default("Automatic")
        @JsonPropertyDescription(
                "Automatic, or Manual: after Preflight nothing is run before approvedPlan is the hash of the plan.")
        Approval approval,

        @Size(max = 64)
        @JsonPropertyDescription(
                "With approval Manual, the hash of the plan that may run: status.planHash, or what phaselock plan prints. A plan with another hash waits.")
        String approvedPlan,

        @JsonPropertyDescription("How the Jobs that carry out the phases are made.")
        JobSpec job,

        @Default("Retain")
        @JsonPropertyDescription(
                "What deleting this resource does to the database. Retain: nothing. Revert: what it added is undone first, in reverse order and as patiently; rows of a table or column that it added are lost. Only what it added itself is undone; what somebody altered since is left alone. Revert cannot be set once a phase that changes the database has begun; Retain always can, also while it is being undone, to let the resource go.")
        DeletionPolicy deletionPolicy) {

    /** What deleting the resource does to the database. */
    public enum DeletionPolicy {
        @JsonProperty("Retain")
        RETAIN,
        @JsonProperty("Revert")
        REVERT
    }

    /** Who says that a plan may run. */
    public enum Approval {
        @JsonProperty("Automatic")
        AUTOMATIC,
        @JsonProperty("Manual")
        MANUAL
    }

    /** Whether deleting the resource undoes what it added. */
    public boolean reverts() {
        return deletionPolicy == DeletionPolicy.REVERT;
    }

    /** Whether a plan may run. */
    public boolean approves(String planHash) {
        return approval != Approval.MANUAL || planHash.equals(approvedPlan);
    }

    /** Never null, for a reader of a manifest that leaves it out. */
    public LocksSpec locksOrDefault() {
        return locks == null ? LocksSpec.DEFAULT : locks.withDefaults();
    }

    /** Never null, for a reader of a manifest that leaves it out. */
    public ValidationSpec validationOrDefault() {
        return validation == null ? ValidationSpec.DEFAULT : validation.withDefaults();
    }

    /** Never null, for a reader of a manifest that leaves it out. */
    public BackfillSpec backfillOrDefault() {
        return backfill == null ? BackfillSpec.DEFAULT : backfill.withDefaults();
    }
}
