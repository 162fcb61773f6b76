package dev.phaselock.operator;

import dev.phaselock.api.SchemaChange;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Which updates of a resource are worth a look: not those that the operator itself writes into the status. */
public final class ChangeFilter implements OnUpdateFilter<SchemaChange> {
    @Override
    public boolean accept(SchemaChange now, SchemaChange before) {
        return !Objects.equals(
                        now.getMetadata().getGeneration(), before.getMetadata().getGeneration())
                || !Objects.equals(
                        now.getMetadata().getFinalizers(), before.getMetadata().getFinalizers())
                || now.isMarkedForDeletion() != before.isMarkedForDeletion()
                || !Objects.equals(retry(now), retry(before));
    }

    /** The value of the annotation that starts a stalled change again; null when there is none. */
    static @Nullable String retry(SchemaChange change) {
        return change.getMetadata().getAnnotations() == null
                ? null
                : change.getMetadata().getAnnotations().get(SchemaChange.RETRY_ANNOTATION);
    }
}
