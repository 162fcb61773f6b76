package dev.phaselock.change;

import dev.phaselock.sql.Identifier;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What makes a unique or primary key.
 *
 * @param usingIndex an index that is there already; null when one is to be built
 */
public record KeyDefinition(
        boolean primary,
        List<Identifier> columns,
        List<Identifier> include,
        boolean nullsNotDistinct,
        boolean deferrable,
        boolean initiallyDeferred,
        @Nullable Identifier usingIndex) {
    public KeyDefinition {
        columns = List.copyOf(columns);
        include = List.copyOf(include);
    }

    static KeyDefinition of(
            boolean primary,
            List<String> columns,
            @Nullable List<String> include,
            @Nullable Boolean nullsNotDistinct,
            @Nullable Boolean deferrable,
            @Nullable Boolean initiallyDeferred,
            @Nullable String usingIndex,
            Fields fields) {
        if (Fields.isTrue(initiallyDeferred) && !Fields.isTrue(deferrable)) {
            throw fields.invalid("initiallyDeferred", "needs deferrable: true");
        }
        return new KeyDefinition(
                primary,
                fields.identifiers("columns", columns),
                include == null ? List.of() : fields.identifiers("include", include),
                Fields.isTrue(nullsNotDistinct),
                Fields.isTrue(deferrable),
                Fields.isTrue(initiallyDeferred),
                fields.optionalIdentifier("usingIndex", usingIndex));
    }

    /** What stands behind the table's name in CREATE INDEX. */
    public String indexDefinition() {
        return list(columns) + included() + (nullsNotDistinct ? " NULLS NOT DISTINCT" : "");
    }

    /** What stands behind the constraint's name in ADD CONSTRAINT. */
    public String constraintDefinition() {
        return kind() + (nullsNotDistinct ? " NULLS NOT DISTINCT " : " ") + list(columns) + included() + deferral();
    }

    /** The same, of an index. */
    public String usingIndex(String index) {
        return kind() + " USING INDEX " + index + deferral();
    }

    /** All columns that it names. */
    public List<Identifier> namedColumns() {
        return Stream.concat(columns.stream(), include.stream()).distinct().toList();
    }

    private String kind() {
        return primary ? "PRIMARY KEY" : "UNIQUE";
    }

    private String included() {
        return include.isEmpty() ? "" : " INCLUDE " + list(include);
    }

    private String deferral() {
        return (deferrable ? " DEFERRABLE" : "") + (initiallyDeferred ? " INITIALLY DEFERRED" : "");
    }

    private static String list(List<Identifier> columns) {
        return columns.stream().map(Identifier::quoted).collect(Collectors.joining(", ", "(", ")"));
    }
}
