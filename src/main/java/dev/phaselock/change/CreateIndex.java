package dev.phaselock.change;

import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateIndexSpec.Nulls;
import dev.phaselock.api.CreateIndexSpec.Order;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code CREATE INDEX CONCURRENTLY}.
 *
 * @param method null for the server's own default
 * @param where as it was written; see {@link AddCheck}
 */
public record CreateIndex(
        QualifiedName table,
        @Nullable Identifier name,
        List<Column> columns,
        List<Identifier> include,
        @Nullable Identifier method,
        boolean unique,
        boolean nullsNotDistinct,
        @Nullable String where,
        List<Parameter> storageParameters)
        implements Change {

    private static final int MAX_PARAMETERS = 16;
    private static final Pattern PARAMETER = Pattern.compile("[a-z_]{1,63}");
    private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9_.]{1,63}");

    /**
     * One key of an index.
     *
     * @param name the column; null for an expression
     * @param expression as it was written; null for a column
     */
    public record Column(
            @Nullable Identifier name,
            @Nullable String expression,
            @Nullable QualifiedName collation,
            @Nullable QualifiedName operatorClass,
            @Nullable Order order,
            @Nullable Nulls nulls) {

        private static Column of(CreateIndexSpec.Column spec, Fields fields) {
            if ((spec.name() == null) == (spec.expression() == null)) {
                throw fields.invalid("name", "either name or expression is wanted");
            }
            return new Column(
                    fields.optionalIdentifier("name", spec.name()),
                    spec.expression() == null ? null : fields.expression("expression", spec.expression()),
                    spec.collation() == null ? null : fields.table("collation", spec.collation()),
                    spec.operatorClass() == null ? null : fields.table("operatorClass", spec.operatorClass()),
                    spec.order(),
                    spec.nulls());
        }

        /** As it stands in the statement. The lines' ends keep a comment, were there one, from reaching what follows. */
        private String sql() {
            return (name != null ? name.quoted() : "(\n" + expression + "\n)")
                    + (collation == null ? "" : " COLLATE " + collation.quoted())
                    + (operatorClass == null ? "" : " " + operatorClass.quoted())
                    + (order == null ? "" : " " + order)
                    + (nulls == null ? "" : " NULLS " + nulls);
        }
    }

    /** A storage parameter; neither part needs quotes. */
    public record Parameter(String name, String value) {}

    public CreateIndex {
        columns = List.copyOf(columns);
        include = List.copyOf(include);
        storageParameters = List.copyOf(storageParameters);
    }

    static CreateIndex of(CreateIndexSpec spec, Fields fields) {
        boolean unique = Fields.isTrue(spec.unique());
        boolean nullsNotDistinct = Fields.isTrue(spec.nullsNotDistinct());
        if (nullsNotDistinct && !unique) {
            throw fields.invalid("nullsNotDistinct", "needs unique: true");
        }
        return new CreateIndex(
                fields.table("table", spec.table()),
                fields.optionalIdentifier("name", spec.name()),
                columns(spec, fields),
                spec.include() == null ? List.of() : fields.identifiers("include", spec.include()),
                fields.optionalIdentifier("method", spec.method()),
                unique,
                nullsNotDistinct,
                spec.where() == null ? null : fields.expression("where", spec.where()),
                parameters(spec, fields));
    }

    private static List<Column> columns(CreateIndexSpec spec, Fields fields) {
        List<CreateIndexSpec.Column> given = fields.someOf("columns", spec.columns());
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            String element = "columns[" + i + "]";
            columns.add(Column.of(fields.required(element, given.get(i)), new Fields(fields.path(element))));
        }
        return columns;
    }

    private static List<Parameter> parameters(CreateIndexSpec spec, Fields fields) {
        List<Parameter> parameters = new ArrayList<>();
        List<CreateIndexSpec.Parameter> given =
                Objects.requireNonNullElse(spec.storageParameters(), List.<CreateIndexSpec.Parameter>of());
        if (given.size() > MAX_PARAMETERS) {
            throw fields.invalid("storageParameters", "more than " + MAX_PARAMETERS);
        }
        for (int i = 0; i < given.size(); i++) {
            String element = "storageParameters[" + i + "]";
            CreateIndexSpec.Parameter parameter = fields.required(element, given.get(i));
            String name = fields.required(element + ".name", parameter.name());
            String value = fields.required(element + ".value", parameter.value());
            if (!PARAMETER.matcher(name).matches()) {
                throw fields.invalid(element + ".name", "lower case letters and underscores are wanted");
            }
            if (!VALUE.matcher(value).matches()) {
                throw fields.invalid(element + ".value", "a number or a word is wanted");
            }
            if (parameters.stream().anyMatch(other -> other.name().equals(name))) {
                throw fields.invalid(element + ".name", name + " is there twice");
            }
            parameters.add(new Parameter(name, value));
        }
        return parameters;
    }

    /** What stands behind the table's name in the statement. */
    public String definition() {
        return (method == null ? "" : "USING " + method.quoted() + " ")
                + columns.stream().map(Column::sql).collect(Collectors.joining(", ", "(", ")"))
                + (include.isEmpty()
                        ? ""
                        : include.stream().map(Identifier::quoted).collect(Collectors.joining(", ", " INCLUDE (", ")")))
                + (nullsNotDistinct ? " NULLS NOT DISTINCT" : "")
                + (storageParameters.isEmpty()
                        ? ""
                        : storageParameters.stream()
                                .map(parameter -> parameter.name() + " = '" + parameter.value() + "'")
                                .collect(Collectors.joining(", ", " WITH (", ")")))
                + (where == null ? "" : " WHERE (\n" + where + "\n)");
    }

    /** The columns that it names outside of expressions. */
    public List<Identifier> namedColumns() {
        List<Identifier> named = new ArrayList<>();
        columns.forEach(column -> {
            if (column.name() != null) {
                named.add(column.name());
            }
        });
        named.addAll(include);
        return named.stream().distinct().toList();
    }

    @Override
    public List<Identifier> indexes() {
        return name == null ? List.of() : List.of(name);
    }

    @Override
    public boolean letsPostgresqlChooseName() {
        // The indexes of partitions get theirs by the rule in any case.
        return true;
    }

    @Override
    public boolean comparesIndexes() {
        return true;
    }

    @Override
    public String label() {
        return name != null ? "index " + name : "index on " + table;
    }
}
