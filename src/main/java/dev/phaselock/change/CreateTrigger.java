package dev.phaselock.change;

import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.CreateTriggerSpec.Event;
import dev.phaselock.api.CreateTriggerSpec.Level;
import dev.phaselock.api.CreateTriggerSpec.Timing;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.Literals;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code CREATE TRIGGER}.
 *
 * @param timing when, for what and how often it fires, as SQL has it between the trigger's and the table's name
 * @param options what stands between the table's name and FOR EACH; with a blank before it, or empty
 * @param level for each row, or for each statement
 * @param when as it was written, see {@link AddCheck}; null for always
 * @param call of its function, with the arguments
 * @param constraint whether it is a constraint trigger
 * @param replace whether another trigger of the name gives way
 */
public record CreateTrigger(
        QualifiedName table,
        Identifier name,
        String timing,
        String options,
        Level level,
        @Nullable String when,
        String call,
        boolean constraint,
        boolean replace)
        implements Change {
    private static final int MAX_ARGUMENTS = 16;
    private static final int MAX_ARGUMENT = 256;

    static CreateTrigger of(CreateTriggerSpec spec, Fields fields) {
        List<Event> events = fields.required("events", spec.events());
        if (events.isEmpty() || events.stream().distinct().count() < events.size()) {
            throw fields.invalid("events", "each event once, and at least one, is wanted");
        }
        if (spec.updateOf() != null && !events.contains(Event.UPDATE)) {
            throw fields.invalid("updateOf", "needs Update among the events");
        }
        boolean constraint = Fields.isTrue(spec.constraint());
        Timing timing = fields.required("timing", spec.timing());
        Level level = fields.required("forEach", spec.forEach());
        if (constraint && (timing != Timing.AFTER || level != Level.ROW)) {
            throw fields.invalid("constraint", "a constraint trigger fires After, for each Row");
        }
        if (!constraint && (Fields.isTrue(spec.deferrable()) || Fields.isTrue(spec.initiallyDeferred()))) {
            throw fields.invalid("deferrable", "needs constraint: true");
        }
        if (Fields.isTrue(spec.initiallyDeferred()) && !Fields.isTrue(spec.deferrable())) {
            throw fields.invalid("initiallyDeferred", "needs deferrable: true");
        }
        List<Identifier> columns =
                spec.updateOf() == null ? List.of() : fields.identifiers("updateOf", spec.updateOf());
        String written = events.stream()
                .map(event -> event == Event.UPDATE && !columns.isEmpty()
                        ? "UPDATE OF "
                                + columns.stream().map(Identifier::quoted).collect(Collectors.joining(", "))
                        : event.name())
                .collect(Collectors.joining(" OR "));
        return new CreateTrigger(
                fields.table("table", spec.table()),
                fields.identifier("name", spec.name()),
                timing.name() + " " + written,
                deferral(spec) + transitions(spec, fields),
                level,
                spec.when() == null ? null : fields.expression("when", spec.when()),
                fields.table("function", spec.function()).quoted() + arguments(spec.arguments(), fields),
                constraint,
                Fields.isTrue(spec.replace()));
    }

    private static String deferral(CreateTriggerSpec spec) {
        return Fields.isTrue(spec.deferrable())
                ? " DEFERRABLE INITIALLY " + (Fields.isTrue(spec.initiallyDeferred()) ? "DEFERRED" : "IMMEDIATE")
                : "";
    }

    private static String transitions(CreateTriggerSpec spec, Fields fields) {
        Identifier before = fields.optionalIdentifier("oldTable", spec.oldTable());
        Identifier after = fields.optionalIdentifier("newTable", spec.newTable());
        return before == null && after == null
                ? ""
                : " REFERENCING" + (before == null ? "" : " OLD TABLE AS " + before.quoted())
                        + (after == null ? "" : " NEW TABLE AS " + after.quoted());
    }

    private static String arguments(@Nullable List<String> given, Fields fields) {
        List<String> arguments = Objects.requireNonNullElse(given, List.of());
        if (arguments.size() > MAX_ARGUMENTS) {
            throw fields.invalid("arguments", "more than " + MAX_ARGUMENTS);
        }
        List<String> quoted = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String field = "arguments[" + i + "]";
            if (arguments.get(i).codePointCount(0, arguments.get(i).length()) > MAX_ARGUMENT) {
                throw fields.invalid(field, "longer than " + MAX_ARGUMENT + " characters");
            }
            try {
                quoted.add(Literals.quote(arguments.get(i)));
            } catch (IllegalArgumentException e) {
                throw fields.invalid(field, e.getMessage());
            }
        }
        return quoted.stream().collect(Collectors.joining(", ", "(", ")"));
    }

    /**
     * The statement. The lines' ends keep a comment, were there one, from reaching what follows.
     *
     * @param on the table's name, quoted
     * @param orReplace whether it takes the place of another, from PostgreSQL 14 on
     */
    public String statement(String on, boolean orReplace) {
        return "CREATE " + (orReplace ? "OR REPLACE " : "") + (constraint ? "CONSTRAINT " : "") + "TRIGGER "
                + name.quoted() + " " + timing + " ON " + on + options + " FOR EACH " + level
                + (when == null ? "" : " WHEN (\n" + when + "\n)") + " EXECUTE FUNCTION " + call;
    }

    @Override
    public String label() {
        return "trigger " + name;
    }
}
