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
    VALIDATE;

    /** As in manifests and statuses. */
    public String label() {
        return switch (this) {
            case PREFLIGHT -> "Preflight";
            case VERIFY -> "Verify";
            case APPLY -> "Apply";
            case VALIDATE -> "Validate";
        };
    }

    /** Whether a phase of this type changes the database. */
    public boolean changesDatabase() {
        return this == APPLY || this == VALIDATE;
    }
}
