package dev.phaselock.plan;

/**
 * Why a change stands where it stands: the closed list of condition reasons that a runner can give. The names are part
 * of the interface (docs/reasons.md).
 */
public enum Reason {
    /** Done. */
    SUCCEEDED("Succeeded", true),
    /** A table, column, key or type is missing or does not fit. */
    INVALID_TARGET("InvalidTarget", true),
    /** An expression is not what it must be. */
    INVALID_EXPRESSION("InvalidExpression", false),
    /** The manifest says something that cannot be meant, and that the API server could not see. */
    INVALID_SPEC("InvalidSpec", false),
    /** A constraint of that name is there with another definition. */
    CONFLICTING_DEFINITION("ConflictingDefinition", true),
    /** This version of PostgreSQL cannot do it, or not without making writers wait. */
    UNSUPPORTED("Unsupported", false),
    /** The role lacks a privilege. */
    PERMISSION_DENIED("PermissionDenied", true),
    /** Row security hides rows from the role, so that a validation would lie. */
    ROW_SECURITY("RowSecurityActive", true),
    /** The Secret is missing, or keys in it. */
    SECRET_MISSING("SecretMissing", true),
    /** The Secret's contents cannot be used. */
    SECRET_INVALID("SecretInvalid", true),
    /** The server refuses the user or the password. */
    CREDENTIALS_INVALID("CredentialsInvalid", true),
    /** The server's certificate was not accepted, or it offers no TLS. */
    TLS_VERIFICATION_FAILED("TLSVerificationFailed", true),
    /** No server answers there. */
    CONNECTION_FAILED("ConnectionFailed", true),
    /** The database does not exist. */
    DATABASE_MISSING("DatabaseMissing", true),
    /** The server is a standby or read-only. */
    READ_ONLY("ReadOnlyServer", true),
    /** Existing rows violate the constraint. */
    CONSTRAINT_VIOLATED("ConstraintViolated", true),
    /** A session holds the lock away. */
    WAITING_FOR_LOCK("WaitingForLock", true),
    /** The lock was not to be had before {@code locks.deadline}. */
    DEADLINE_EXCEEDED("DeadlineExceeded", false),
    /** A connection broke, the server shut down or failed over. */
    RETRYING_CONNECTION("RetryingConnection", true),
    /** A passing fault of another kind (deadlock, serialization, disk full, …). */
    RETRYING("Retrying", true),
    /** The plan is not the one that was begun. */
    PLAN_CHANGED("PlanChanged", true),
    /** Asked to stop. */
    INTERRUPTED("Interrupted", true),
    /** The server refused a statement for a reason that is not known to pass. */
    STATEMENT_FAILED("StatementFailed", true),
    /** A fault of Phaselock itself. */
    INTERNAL_ERROR("InternalError", true);

    private final String label;
    private final boolean healsWithoutEdit;

    Reason(String label, boolean healsWithoutEdit) {
        this.label = label;
        this.healsWithoutEdit = healsWithoutEdit;
    }

    /** As in a condition's reason. */
    public String label() {
        return label;
    }

    /** Whether it may pass without an edit of the resource, so that it is looked at again. */
    public boolean healsWithoutEdit() {
        return healsWithoutEdit;
    }
}
