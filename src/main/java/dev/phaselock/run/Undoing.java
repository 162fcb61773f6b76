package dev.phaselock.run;

import dev.phaselock.api.ValidationSpec;
import dev.phaselock.change.Change;
import dev.phaselock.plan.Reason;
import dev.phaselock.plan.RefusedException;
import dev.phaselock.plan.Undo;
import dev.phaselock.plan.UndoPlan;
import dev.phaselock.postgres.CatalogReader;
import dev.phaselock.sql.Identifier;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** What of a manifest's changes can be undone, and its plan. */
final class Undoing {
    private Undoing() {}

    /** @param undo an {@link Undo} */
    static UndoPlan plan(List<Change> changes, String undo) {
        Undo wanted = Undo.parse(undo);
        if (wanted.change() < 0 || wanted.change() >= changes.size()) {
            throw new RefusedException(
                    Reason.INVALID_SPEC, "there is no changes[%d] to undo".formatted(wanted.change()));
        }
        return UndoPlan.of(changes.get(wanted.change()), wanted.part());
    }

    /**
     * Each {@link Undo} of which there is nothing to undo yet: what is there later is added by the changes.
     *
     * @throws RefusedException when a change cannot be undone
     */
    static List<String> absent(
            Connection session, List<Change> changes, List<Identifier> schemas, ValidationSpec validation)
            throws SQLException {
        for (int i = 0; i < changes.size(); i++) {
            if (UndoPlan.parts(changes.get(i)) == 0) {
                throw new RefusedException(
                        Reason.INVALID_SPEC,
                        "deletionPolicy Revert: changes[%d] (%s) cannot be undone: it drops or replaces something, or lacks a name"
                                .formatted(i, changes.get(i).label()));
            }
        }
        List<String> absent = new ArrayList<>();
        for (int i = 0; i < changes.size(); i++) {
            for (int part = 0; part < UndoPlan.parts(changes.get(i)); part++) {
                if (nothingThere(session, UndoPlan.of(changes.get(i), part), schemas, validation)) {
                    absent.add(new Undo(i, part).toString());
                }
            }
        }
        return absent;
    }

    private static boolean nothingThere(
            Connection session, UndoPlan undoing, List<Identifier> schemas, ValidationSpec validation)
            throws SQLException {
        try {
            return undoing.absent(validation, CatalogReader.read(session, undoing.changes(), schemas));
        } catch (RefusedException _) {
            // What cannot be judged is not taken for one's own.
            return false;
        }
    }
}
