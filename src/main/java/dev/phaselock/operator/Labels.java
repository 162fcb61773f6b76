package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The labels and annotations of Jobs and pods. People may select by the labels; the annotations are the operator's. */
final class Labels {
    static final String MANAGED_BY = "app.kubernetes.io/managed-by";
    static final String NAME = "app.kubernetes.io/name";
    static final String COMPONENT = "app.kubernetes.io/component";
    static final String PHASELOCK = "phaselock";

    /** The uid of the SchemaChange. */
    static final String CHANGE_UID = SchemaChange.GROUP + "/change-uid";
    /** The phase's name. */
    static final String PHASE = SchemaChange.GROUP + "/phase";
    /** The number of the attempt, from 1. */
    static final String ATTEMPT = SchemaChange.GROUP + "/attempt";

    /** The name of the SchemaChange, which may be too long for a label. */
    static final String CHANGE = SchemaChange.GROUP + "/change";
    /** The generation of the spec that the Job was made for. */
    static final String GENERATION = SchemaChange.GROUP + "/generation";
    /** The name of the database's Secret: phases are limited by it. */
    static final String DATABASE = SchemaChange.GROUP + "/database";
    /** The relations that the phase may work on: a JSON array. */
    static final String RELATIONS = SchemaChange.GROUP + "/relations";
    /** What lock acquisition had cost in this phase before this Job: a JSON {@code LockReport}. */
    static final String EARLIER = SchemaChange.GROUP + "/earlier";

    /** Selects what the operator made. */
    static final String SELECTOR = MANAGED_BY + "=" + PHASELOCK;

    private Labels() {}

    /** The uid of the SchemaChange that something was made for; null when it says none. */
    static @Nullable String changeUid(HasMetadata made) {
        return made.getMetadata().getLabels() == null
                ? null
                : made.getMetadata().getLabels().get(CHANGE_UID);
    }

    /** The SchemaChange that something was made for; empty when it says none. */
    static Set<ResourceID> change(HasMetadata made) {
        String name = made.getMetadata().getAnnotations() == null
                ? null
                : made.getMetadata().getAnnotations().get(CHANGE);
        return name == null
                ? Set.of()
                : Set.of(new ResourceID(name, made.getMetadata().getNamespace()));
    }
}
