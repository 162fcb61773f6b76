package dev.phaselock.change;

import dev.phaselock.api.SetReplicaIdentitySpec;
import dev.phaselock.api.SetReplicaIdentitySpec.Identity;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … REPLICA IDENTITY}.
 *
 * @param identity null where it is by an index
 * @param index null where it is by no index
 */
public record SetReplicaIdentity(
        QualifiedName table,
        @Nullable Identity identity,
        @Nullable Identifier index) implements Change {

    static SetReplicaIdentity of(SetReplicaIdentitySpec spec, Fields fields) {
        if ((spec.identity() == null) == (spec.index() == null)) {
            throw fields.invalid("identity", "either identity or index is wanted");
        }
        return new SetReplicaIdentity(
                fields.table("table", spec.table()), spec.identity(), fields.optionalIdentifier("index", spec.index()));
    }

    /** What stands behind {@code REPLICA IDENTITY}. */
    public String definition() {
        return index != null ? "USING INDEX " + index.quoted() : String.valueOf(identity);
    }

    @Override
    public String label() {
        return "replica identity of " + table;
    }
}
