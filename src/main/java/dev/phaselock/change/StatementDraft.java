package dev.phaselock.change;

import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.change.RunStatement.Locked;
import dev.phaselock.sql.LockMode;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement while it is judged; the fields are those of {@link RunStatement}. */
final class StatementDraft {
    final List<@Nullable String> details = new ArrayList<>();
    String label;
    Effect effect = Effect.REPEATABLE;
    Kind kind = Kind.OTHER;
    List<QualifiedName> objects;
    List<String> twin = List.of();
    boolean whereMissing;

    private final SqlStatement statement;
    private final QualifiedName about;
    private final List<Locked> locks = new ArrayList<>();

    StatementDraft(SqlStatement statement, String label, QualifiedName about) {
        this.statement = statement;
        this.label = label;
        this.about = about;
        this.objects = List.of(about);
    }

    StatementDraft locking(QualifiedName relation, LockMode mode) {
        locks.add(new Locked(relation, mode));
        return this;
    }

    RunStatement build() {
        return new RunStatement(
                about,
                statement.cut(statement.tokens()),
                label,
                effect,
                kind,
                objects,
                Collections.unmodifiableList(details),
                locks,
                twin,
                whereMissing,
                null);
    }
}
