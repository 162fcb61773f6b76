package dev.phaselock.change;

import dev.phaselock.api.SetRowSecuritySpec;
import dev.phaselock.sql.QualifiedName;
import org.jspecify.annotations.Nullable;

/**
 * {@code ALTER TABLE … ENABLE}, DISABLE, FORCE and NO FORCE {@code ROW LEVEL SECURITY}.
 *
 * @param forced null to leave that as it is
 */
public record SetRowSecurity(
        QualifiedName table, boolean enabled, @Nullable Boolean forced) implements Change {

    static SetRowSecurity of(SetRowSecuritySpec spec, Fields fields) {
        return new SetRowSecurity(
                fields.table("table", spec.table()), fields.required("enabled", spec.enabled()), spec.forced());
    }

    /** What stands behind the table's name in the statement. */
    public String action() {
        return (enabled ? "ENABLE" : "DISABLE") + " ROW LEVEL SECURITY"
                + (forced == null ? "" : forced ? ", FORCE ROW LEVEL SECURITY" : ", NO FORCE ROW LEVEL SECURITY");
    }

    @Override
    public String label() {
        return "row security of " + table;
    }
}
