package dev.phaselock.convert;

import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddForeignKeySpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The {@code REFERENCES} of a new column. Whether it is deferrable stands in the tree as constraints behind it. */
final class NewColumnKey {
    private final Node key;
    private @Nullable Boolean deferrable;
    private @Nullable Boolean deferred;

    NewColumnKey(Node key) throws InconvertibleException {
        key.allow(
                "contype",
                "conname",
                "is_enforced",
                "skip_validation",
                "initially_valid",
                "pktable",
                "pk_attrs",
                "fk_matchtype",
                "fk_upd_action",
                "fk_del_action",
                "fk_del_set_cols");
        if (!key.is("is_enforced")) {
            throw key.refuse("NOT ENFORCED is no operation of a SchemaChange");
        }
        // Of one column MATCH FULL says the same as MATCH SIMPLE, but is written down.
        if (!key.text("fk_matchtype").isEmpty() && !key.text("fk_matchtype").equals("s")) {
            throw key.refuse("MATCH is understood of a foreign key by itself: ADD CONSTRAINT … FOREIGN KEY");
        }
        List<String> set = key.names("fk_del_set_cols");
        if (set != null && !set.isEmpty()) {
            throw key.refuse("the columns that ON DELETE sets are understood of a foreign key by itself");
        }
        this.key = key;
    }

    /** What stands behind it. */
    void deferral(String kind) {
        switch (kind) {
            case "CONSTR_ATTR_DEFERRABLE" -> deferrable = true;
            case "CONSTR_ATTR_DEFERRED" -> {
                // It makes it deferrable, too (transformConstraintAttrs, parse_utilcmd.c).
                deferrable = true;
                deferred = true;
            }
            default -> {}
        }
    }

    AddColumnSpec.References spec() throws InconvertibleException {
        List<String> columns = key.names("pk_attrs");
        AddForeignKeySpec.Action onDelete = SqlChanges.action(key, "fk_del_action");
        return new AddColumnSpec.References(
                key.optionalName("conname"),
                key.child("pktable").table(),
                columns == null || columns.isEmpty() ? null : columns.getFirst(),
                onDelete,
                SqlChanges.action(key, "fk_upd_action"),
                deferrable,
                deferred);
    }
}
