package dev.phaselock.change;

import dev.phaselock.api.SetStorageParametersSpec;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code ALTER TABLE … SET (…)} and {@code RESET (…)} of storage parameters. */
public record SetStorageParameters(QualifiedName table, List<Parameter> parameters) implements Change {
    private static final int MAX_PARAMETERS = 16;
    private static final Pattern NAME = Pattern.compile("(toast\\.)?[a-z_]{1,57}");
    private static final Pattern VALUE = Pattern.compile("-?[A-Za-z0-9_.]{1,62}");

    public SetStorageParameters {
        parameters = List.copyOf(parameters);
    }

    /**
     * A parameter; neither part needs quotes.
     *
     * @param value null to reset it
     */
    public record Parameter(String name, @Nullable String value) {}

    static SetStorageParameters of(SetStorageParametersSpec spec, Fields fields) {
        List<SetStorageParametersSpec.Parameter> given = fields.required("parameters", spec.parameters());
        if (given.isEmpty() || given.size() > MAX_PARAMETERS) {
            throw fields.invalid("parameters", "1 to " + MAX_PARAMETERS + " are wanted");
        }
        List<Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            String element = "parameters[" + i + "]";
            SetStorageParametersSpec.Parameter parameter = fields.required(element, given.get(i));
            String name = fields.required(element + ".name", parameter.name());
            if (!NAME.matcher(name).matches()) {
                throw fields.invalid(element + ".name", "lower case letters and underscores are wanted");
            }
            if (parameter.value() != null && !VALUE.matcher(parameter.value()).matches()) {
                throw fields.invalid(element + ".value", "a number or a word is wanted");
            }
            if (parameters.stream().anyMatch(other -> other.name().equals(name))) {
                throw fields.invalid(element + ".name", name + " is there twice");
            }
            parameters.add(new Parameter(name, parameter.value()));
        }
        return new SetStorageParameters(fields.table("table", spec.table()), parameters);
    }

    /** What stands behind {@code ALTER TABLE name}: one or two actions, each a statement's only one. */
    public List<String> actions() {
        List<String> actions = new ArrayList<>();
        String set = parameters.stream()
                .filter(parameter -> parameter.value() != null)
                .map(parameter -> parameter.name() + " = '" + parameter.value() + "'")
                .collect(Collectors.joining(", "));
        String reset = parameters.stream()
                .filter(parameter -> parameter.value() == null)
                .map(Parameter::name)
                .collect(Collectors.joining(", "));
        if (!set.isEmpty()) {
            actions.add("SET (" + set + ")");
        }
        if (!reset.isEmpty()) {
            actions.add("RESET (" + reset + ")");
        }
        return actions;
    }

    @Override
    public String label() {
        return "storage parameters of " + table;
    }
}
