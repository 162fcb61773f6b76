package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What kind of work a phase is. */
public enum PhaseType {
    /** Connects, checks, plans. Changes nothing. */
    @JsonProperty("Preflight")
    PREFLIGHT,
    /** Reads the existing rows. Changes nothing. */
    @JsonProperty("Verify")
    VERIFY,
    /** Takes a strong lock for milliseconds, through lock acquisition. */
    @JsonProperty("Apply")
    APPLY,
    /** Takes SHARE UPDATE EXCLUSIVE at most, for as long as a scan takes. */
    @JsonProperty("Validate")
    VALIDATE,
    /** Builds or drops an index, or detaches a partition, CONCURRENTLY: outside of a transaction. */
    @JsonProperty("Index")
    INDEX,
    /** Gives rows that are there their value of a new column, in batches; each holds locks on its rows for a moment. */
    @JsonProperty("Backfill")
    BACKFILL;

    /** As in manifests and statuses. */
    public String label() {
        return switch (this) {
            case PREFLIGHT -> "Preflight";
            case VERIFY -> "Verify";
            case APPLY -> "Apply";
            case VALIDATE -> "Validate";
            case INDEX -> "Index";
            case BACKFILL -> "Backfill";
        };
    }

    /** Whether a change is applied only when its phases of this type are done: without them something is not there. */
    public boolean applies() {
        return this == APPLY || this == INDEX || this == BACKFILL;
    }

    /** Whether a phase of this type changes the database. */
    public boolean changesDatabase() {
        return applies() || this == VALIDATE;
    }
}
