package dev.phaselock.operator;

/** The conditions of a SchemaChange. */
enum ConditionType {
    /** The gate is reached for the present generation. */
    READY("Ready"),
    /** Work goes on: also waiting for a lock, retrying, being queued. Present only when True. */
    RECONCILING("Reconciling"),
    /** A person is needed. Present only when True. */
    STALLED("Stalled"),
    /** The manifest can be meant, the database was reached, privileges and facts are there. */
    ACCEPTED("Accepted"),
    /** Whether somebody has to approve the plan, and did. */
    APPROVED("Approved"),
    /** Every constraint is there, valid or not: new rows are checked. */
    APPLIED("Applied"),
    /** Every constraint is valid. */
    VALIDATED("Validated");

    private final String label;

    ConditionType(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
