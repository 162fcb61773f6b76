package dev.phaselock.change;

import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;

/**
 * {@code ALTER TABLE … ADD CONSTRAINT … EXCLUDE}.
 *
 * @param definition what stands behind EXCLUDE, as it was written, see {@link AddCheck}
 */
public record AddExclusion(QualifiedName table, Identifier name, String definition) implements Change {

    static AddExclusion of(AddExclusionSpec spec, Fields fields) {
        return new AddExclusion(
                fields.table("table", spec.table()),
                fields.identifier("name", spec.name()),
                fields.expression("definition", spec.definition()));
    }

    @Override
    public List<Identifier> constraints() {
        return List.of(name);
    }

    @Override
    public List<Identifier> indexes() {
        return List.of(name);
    }

    @Override
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public String label() {
        return "exclusion " + name;
    }
}
