package dev.phaselock.operator;

import dev.phaselock.plan.Reason;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a condition is as it is: the closed list of reasons, part of the interface. docs/reasons.md says of each what it
 * means and what to do. It holds every {@link Reason} that a runner gives, by the same name, and what only the operator
 * sees.
 */
public enum ConditionReason {
    // Standing
    PENDING("Pending", Kind.STANDING),
    PREFLIGHT("Preflight", Kind.STANDING),
    QUEUED("Queued", Kind.STANDING),
    VERIFYING("Verifying", Kind.STANDING),
    APPLYING("Applying", Kind.STANDING),
    VALIDATING("Validating", Kind.STANDING),
    INDEXING("Indexing", Kind.STANDING),
    BACKFILLING("Backfilling", Kind.STANDING),
    SUSPENDED("Suspended", Kind.STANDING),
    AWAITING_APPROVAL("AwaitingApproval", Kind.STANDING),
    DELETING("Deleting", Kind.STANDING),
    REVERTING("Reverting", Kind.STANDING),
    REVERTED("Reverted", Kind.STANDING),
    LEFT_ALONE("LeftAlone", Kind.STANDING),
    ACCEPTED("Accepted", Kind.STANDING),
    NOT_REQUIRED("NotRequired", Kind.STANDING),
    APPROVED("Approved", Kind.STANDING),
    APPLIED("Applied", Kind.STANDING),
    VALIDATED("Validated", Kind.STANDING),
    ALREADY_APPLIED("AlreadyApplied", Kind.STANDING),
    SUCCEEDED("Succeeded", Kind.STANDING),
    BLOCKER_ENDED("BlockerEnded", Kind.STANDING),
    SQL_MISSING("SqlMissing", Kind.STANDING),

    // Passing faults
    WAITING_FOR_LOCK("WaitingForLock", Kind.PASSING),
    RETRYING_CONNECTION("RetryingConnection", Kind.PASSING),
    RETRYING("Retrying", Kind.PASSING),
    PLAN_CHANGED("PlanChanged", Kind.PASSING),
    INTERRUPTED("Interrupted", Kind.PASSING),

    // Problems that need a person
    INVALID_TARGET("InvalidTarget", Kind.PROBLEM),
    INVALID_EXPRESSION("InvalidExpression", Kind.PROBLEM),
    INVALID_SPEC("InvalidSpec", Kind.PROBLEM),
    CONFLICTING_DEFINITION("ConflictingDefinition", Kind.PROBLEM),
    UNSUPPORTED("Unsupported", Kind.PROBLEM),
    PERMISSION_DENIED("PermissionDenied", Kind.PROBLEM),
    ROW_SECURITY("RowSecurityActive", Kind.PROBLEM),
    SECRET_MISSING("SecretMissing", Kind.PROBLEM),
    SECRET_INVALID("SecretInvalid", Kind.PROBLEM),
    CREDENTIALS_INVALID("CredentialsInvalid", Kind.PROBLEM),
    TLS_VERIFICATION_FAILED("TLSVerificationFailed", Kind.PROBLEM),
    CONNECTION_FAILED("ConnectionFailed", Kind.PROBLEM),
    DATABASE_MISSING("DatabaseMissing", Kind.PROBLEM),
    READ_ONLY("ReadOnlyServer", Kind.PROBLEM),
    CONSTRAINT_VIOLATED("ConstraintViolated", Kind.PROBLEM),
    DEADLINE_EXCEEDED("DeadlineExceeded", Kind.PROBLEM),
    STATEMENT_FAILED("StatementFailed", Kind.PROBLEM),
    INTERNAL_ERROR("InternalError", Kind.PROBLEM),
    SQL_CHANGED("SqlChanged", Kind.PROBLEM),
    JOB_FAILED("JobFailed", Kind.PROBLEM),
    JOB_REJECTED("JobRejected", Kind.PROBLEM),
    POD_NOT_CREATED("PodNotCreated", Kind.PROBLEM),
    POD_UNSCHEDULABLE("PodUnschedulable", Kind.PROBLEM),
    POD_CONFIG_INVALID("PodConfigInvalid", Kind.PROBLEM),
    IMAGE_PULL_FAILED("ImagePullFailed", Kind.PROBLEM);

    /** What a reason speaks of. */
    enum Kind {
        /** Where the change stands. */
        STANDING,
        /** A fault that passes: it is tried again. */
        PASSING,
        /** What a person may have to see to. */
        PROBLEM
    }

    private final String label;
    private final Kind kind;

    ConditionReason(String label, Kind kind) {
        this.label = label;
        this.kind = kind;
    }

    /** As in a condition. */
    public String label() {
        return label;
    }

    Kind kind() {
        return kind;
    }

    /** Whether it is about a pod that does not get to run, so that it is over as soon as one runs. */
    boolean podTrouble() {
        return this == POD_NOT_CREATED
                || this == POD_UNSCHEDULABLE
                || this == POD_CONFIG_INVALID
                || this == IMAGE_PULL_FAILED;
    }

    /** Whether failures of the one and then the other count as failures in a row: passing faults come mixed. */
    boolean sameKind(@Nullable ConditionReason other) {
        return this == other || (other != null && kind == Kind.PASSING && other.kind == Kind.PASSING);
    }

    static ConditionReason of(Reason reason) {
        return valueOf(reason.name());
    }

    static Optional<ConditionReason> of(@Nullable String label) {
        return Arrays.stream(values())
                .filter(reason -> reason.label.equals(label))
                .findFirst();
    }
}
