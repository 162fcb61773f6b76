package dev.phaselock.change;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.change.RunStatement.Effect;
import dev.phaselock.change.RunStatement.Kind;
import dev.phaselock.sql.QualifiedName;
import dev.phaselock.sql.SqlStatement;
import java.util.stream.StreamSupport;

/** A statement that is judged, and what it is asked again and again. */
record JudgedStatement(SqlStatement statement) {

    JsonNode tree() {
        return statement.tree();
    }

    /** One that may run twice. */
    StatementDraft repeatable(String label, QualifiedName about) {
        return new StatementDraft(statement, label, about);
    }

    /** One that does something once, which the catalog tells by the thing that it is about. */
    StatementDraft once(Effect effect, Kind kind, String what, QualifiedName about) {
        StatementDraft draft = new StatementDraft(statement, what + " " + about, about);
        draft.effect = effect;
        draft.kind = kind;
        return draft;
    }

    /** Whether it has an option, in the parser's spelling. */
    boolean hasOption(String name) {
        return StreamSupport.stream(tree().path("options").spliterator(), false)
                .anyMatch(option ->
                        option.path("DefElem").path("defname").asText().equals(name));
    }

    /** @throws RefusedStatementException where a node of it says CASCADE */
    void requireRestrict(JsonNode node) {
        if (node.path("behavior").asText().equals("DROP_CASCADE")) {
            throw refuse("CASCADE does more than is named");
        }
    }

    RefusedStatementException refuse(String why) {
        return new RefusedStatementException(statement.firstLine() + ": " + why);
    }
}
