package dev.phaselock.convert;

import com.fasterxml.jackson.databind.JsonNode;
import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.CreateTriggerSpec.Event;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.PgParser;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** CREATE TRIGGER. */
final class TriggerChange {
    /** As in pg_trigger.h. */
    private static final int BEFORE = 1 << 1;

    private static final int INSERT = 1 << 2;
    private static final int DELETE = 1 << 3;
    private static final int UPDATE = 1 << 4;
    private static final int TRUNCATE = 1 << 5;
    private static final int INSTEAD = 1 << 6;

    private TriggerChange() {}

    static CreateTriggerSpec of(PgParser parser, Node trigger) throws InconvertibleException {
        trigger.allow(
                "replace",
                "isconstraint",
                "trigname",
                "relation",
                "funcname",
                "args",
                "row",
                "timing",
                "events",
                "columns",
                "whenClause",
                "transitionRels",
                "deferrable",
                "initdeferred");
        int timing = trigger.json().path("timing").intValue();
        if (timing == INSTEAD) {
            throw trigger.refuse("a trigger of a view is no operation of a SchemaChange");
        }
        return new CreateTriggerSpec(
                trigger.child("relation").table(),
                trigger.name("trigname"),
                timing == BEFORE ? CreateTriggerSpec.Timing.BEFORE : CreateTriggerSpec.Timing.AFTER,
                events(trigger.json().path("events").intValue()),
                trigger.names("columns"),
                trigger.is("row") ? CreateTriggerSpec.Level.ROW : CreateTriggerSpec.Level.STATEMENT,
                trigger.json().has("whenClause")
                        ? Expression.cut(
                                parser,
                                trigger,
                                Pieces.after(trigger.statement().tokens(), "WHEN")
                                        .flatMap(Pieces::inside)
                                        .orElse(List.of()),
                                trigger.json().path("whenClause"))
                        : null,
                trigger.qualifiedName("funcname"),
                arguments(trigger),
                transition(trigger, false),
                transition(trigger, true),
                trigger.flag("isconstraint"),
                trigger.flag("deferrable"),
                trigger.flag("initdeferred"),
                trigger.flag("replace"));
    }

    private static List<Event> events(int bits) {
        List<Event> events = new ArrayList<>();
        if ((bits & INSERT) != 0) {
            events.add(Event.INSERT);
        }
        if ((bits & UPDATE) != 0) {
            events.add(Event.UPDATE);
        }
        if ((bits & DELETE) != 0) {
            events.add(Event.DELETE);
        }
        if ((bits & TRUNCATE) != 0) {
            events.add(Event.TRUNCATE);
        }
        return events;
    }

    private static @Nullable List<String> arguments(Node trigger) {
        if (!trigger.json().has("args")) {
            return null;
        }
        List<String> arguments = new ArrayList<>();
        trigger.json()
                .path("args")
                .forEach(each -> arguments.add(each.path("String").path("sval").asText()));
        return arguments;
    }

    private static @Nullable String transition(Node trigger, boolean isNew) throws InconvertibleException {
        for (JsonNode each : trigger.json().path("transitionRels")) {
            JsonNode transition = each.path("TriggerTransition");
            if (!transition.path("isTable").booleanValue()) {
                throw trigger.refuse("only tables of rows can be referenced");
            }
            if (transition.path("isNew").booleanValue() == isNew) {
                return new Identifier(transition.path("name").asText()).toString();
            }
        }
        return null;
    }
}
