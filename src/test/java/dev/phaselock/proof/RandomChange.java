package dev.phaselock.proof;

import static dev.phaselock.proof.RandomSchema.quoted;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.plan.RecordJson;
import dev.phaselock.proof.RandomSchema.Column;
import dev.phaselock.proof.RandomSchema.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A change of a random table, and the plain statement for it.
 *
 * @param column which of the table's columns it is about, where it is about one
 * @param variant how it is done, where it may be done in several ways
 */
record RandomChange(Kind kind, int column, int variant) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The operations of a table that may have any columns. */
    enum Kind {
        ADD_CHECK,
        SET_NOT_NULL,
        DROP_NOT_NULL,
        ADD_FOREIGN_KEY,
        CREATE_INDEX,
        ADD_UNIQUE,
        ADD_PRIMARY_KEY,
        ADD_COLUMN,
        DROP_COLUMN,
        SET_DEFAULT,
        DROP_DEFAULT,
        ALTER_TYPE,
        SET_STATISTICS,
        SET_STORAGE,
        COMMENT,
        SET_STORAGE_PARAMETERS,
        SET_REPLICA_IDENTITY,
        SET_ROW_SECURITY,
        ADD_IDENTITY,
        DROP_CONSTRAINT,
        RENAME_CONSTRAINT,
        DROP_INDEX,
        CREATE_TRIGGER,
        DETACH_PARTITION
    }

    /** What is asked of Phaselock, and the statement. */
    record Both(ChangeSpec change, String statement) {}

    Both of(RandomSchema schema) {
        Column about = schema.column(column);
        String name = quoted(about.name());
        String alter = "ALTER TABLE " + schema.name() + " ";
        return switch (kind) {
            case ADD_CHECK -> {
                // Not that of the constraint old, which would be adopted.
                String expression = List.of(
                                "id > (- 1)", name + " IS NOT NULL OR id >= 0", "length(" + name + "::text) < 100000")
                        .get(variant % 3);
                yield both(
                        "addCheck", schema, Map.of("expression", expression), alter + "ADD CHECK (" + expression + ")");
            }
            case SET_NOT_NULL ->
                both("setNotNull", schema, Map.of("column", name), alter + "ALTER " + name + " SET NOT NULL");
            case DROP_NOT_NULL ->
                both("dropNotNull", schema, Map.of("column", name), alter + "ALTER " + name + " DROP NOT NULL");
            case ADD_FOREIGN_KEY -> {
                Map<String, Object> fields =
                        new LinkedHashMap<>(Map.of("columns", List.of("id"), "references", Map.of("table", "parent")));
                if (variant % 2 == 1) {
                    fields.putAll(Map.of("onDelete", "Cascade", "deferrable", true));
                }
                yield both(
                        "addForeignKey",
                        schema,
                        fields,
                        alter + "ADD FOREIGN KEY (id) REFERENCES parent"
                                + (variant % 2 == 1 ? " ON DELETE CASCADE DEFERRABLE" : ""));
            }
            case CREATE_INDEX -> index(schema, name);
            case ADD_UNIQUE -> both("addUnique", schema, Map.of("columns", List.of("id")), alter + "ADD UNIQUE (id)");
            case ADD_PRIMARY_KEY ->
                both(
                        "addPrimaryKey",
                        schema,
                        Map.of("columns", List.of("id")),
                        // One that is there already is what was wanted.
                        schema.primaryKey() ? "SELECT 1" : alter + "ADD PRIMARY KEY (id)");
            case ADD_COLUMN -> column(schema, alter);
            case DROP_COLUMN -> both("dropColumn", schema, Map.of("column", name), alter + "DROP " + name);
            case SET_DEFAULT ->
                both(
                        "setDefault",
                        schema,
                        Map.of("column", name, "expression", about.type().standard),
                        alter + "ALTER " + name + " SET DEFAULT " + about.type().standard);
            case DROP_DEFAULT ->
                both("dropDefault", schema, Map.of("column", name), alter + "ALTER " + name + " DROP DEFAULT");
            case ALTER_TYPE -> {
                String type = about.type() == Type.SHORT
                        ? List.of("text", "varchar(50)").get(variant % 2)
                        : about.type() == Type.NUMERIC ? "numeric(10,2)" : about.type().sql;
                yield both(
                        "alterType",
                        schema,
                        Map.of("column", name, "type", type),
                        alter + "ALTER " + name + " TYPE " + type);
            }
            case SET_STATISTICS ->
                both(
                        "setStatistics",
                        schema,
                        Map.of("column", name, "target", variant),
                        alter + "ALTER " + name + " SET STATISTICS " + variant);
            case SET_STORAGE ->
                both(
                        "setStorage",
                        schema,
                        Map.of("column", name, "storage", "Plain"),
                        alter + "ALTER " + name + " SET STORAGE PLAIN");
            case COMMENT ->
                both(
                        "comment",
                        schema,
                        Map.of("column", name, "text", "it's " + variant),
                        "COMMENT ON COLUMN " + schema.name() + "." + name + " IS 'it''s " + variant + "'");
            case SET_STORAGE_PARAMETERS ->
                both(
                        "setStorageParameters",
                        schema,
                        Map.of("parameters", List.of(Map.of("name", "fillfactor", "value", "7" + variant % 10))),
                        alter + "SET (fillfactor = 7" + variant % 10 + ")");
            case SET_REPLICA_IDENTITY ->
                both("setReplicaIdentity", schema, Map.of("identity", "Full"), alter + "REPLICA IDENTITY FULL");
            case SET_ROW_SECURITY ->
                both("setRowSecurity", schema, Map.of("enabled", true), alter + "ENABLE ROW LEVEL SECURITY");
            case ADD_IDENTITY ->
                both(
                        "addIdentity",
                        schema,
                        Map.of("column", "id", "generated", "ByDefault", "startWith", 100 + variant),
                        alter + "ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH " + (100 + variant) + ")");
            case DROP_CONSTRAINT ->
                both("dropConstraint", schema, Map.of("name", "old"), alter + "DROP CONSTRAINT old");
            case RENAME_CONSTRAINT ->
                both(
                        "renameConstraint",
                        schema,
                        Map.of("name", "old", "newName", "renamed"),
                        alter + "RENAME CONSTRAINT old TO renamed");
            case DROP_INDEX -> both("dropIndex", schema, Map.of("name", "old_index"), "DROP INDEX old_index");
            case CREATE_TRIGGER ->
                both(
                        "createTrigger",
                        schema,
                        Map.of(
                                "name", "touch",
                                "timing", "After",
                                "events", List.of("Insert", "Delete"),
                                "forEach", "Row",
                                "function", "touched"),
                        "CREATE TRIGGER touch AFTER INSERT OR DELETE ON " + schema.name()
                                + " FOR EACH ROW EXECUTE FUNCTION touched()");
            case DETACH_PARTITION ->
                both(
                        "detachPartition",
                        schema,
                        Map.of("partition", "low"),
                        alter + "DETACH PARTITION low"
                                + (schema.major() >= 14 && schema.partitions() == RandomSchema.Partitions.TWO
                                        ? " CONCURRENTLY"
                                        : ""));
        };
    }

    private Both index(RandomSchema schema, String name) {
        String on = "INDEX ON " + schema.name();
        // The unique one has a name, or the index of a primary key would be adopted.
        return switch (variant % 4) {
            case 0 ->
                both(
                        "createIndex",
                        schema,
                        Map.of("columns", List.of(Map.of("name", name))),
                        "CREATE " + on + " (" + name + ")");
            case 1 ->
                both(
                        "createIndex",
                        schema,
                        Map.of(
                                "columns",
                                List.of(Map.of("name", "id", "order", "Desc", "nulls", "Last"), Map.of("name", name))),
                        "CREATE " + on + " (id DESC NULLS LAST, " + name + ")");
            case 2 ->
                both(
                        "createIndex",
                        schema,
                        Map.of("name", "named", "columns", List.of(Map.of("name", "id")), "unique", true),
                        "CREATE UNIQUE INDEX named ON " + schema.name() + " (id)");
            default ->
                both(
                        "createIndex",
                        schema,
                        Map.of(
                                "columns",
                                List.of(Map.of("expression", "(id + 1) % 7"), Map.of("name", name)),
                                "where",
                                "id > 3"),
                        "CREATE " + on + " (((id + 1) % 7), " + name + ") WHERE id > 3");
        };
    }

    private Both column(RandomSchema schema, String alter) {
        return switch (variant % 4) {
            case 0 ->
                both(
                        "addColumn",
                        schema,
                        Map.of("name", "added", "type", "varchar(9)"),
                        alter + "ADD added varchar(9)");
            case 1 ->
                both(
                        "addColumn",
                        schema,
                        Map.of("name", "added", "type", "int", "defaultExpression", "5", "notNull", true),
                        alter + "ADD added int NOT NULL DEFAULT 5");
            // Volatile, and the same each time.
            case 2 ->
                both(
                        "addColumn",
                        schema,
                        Map.of(
                                "name",
                                "added",
                                "type",
                                "boolean",
                                "defaultExpression",
                                "clock_timestamp() > '2000-01-01'"),
                        alter + "ADD added boolean DEFAULT (clock_timestamp() > '2000-01-01')");
            default ->
                both(
                        "addColumn",
                        schema,
                        Map.of(
                                "name", "added",
                                "type", "boolean",
                                "defaultExpression", "clock_timestamp() > '2000-01-01'",
                                "notNull", true),
                        alter + "ADD added boolean NOT NULL DEFAULT (clock_timestamp() > '2000-01-01')");
        };
    }

    private static Both both(String operation, RandomSchema schema, Map<String, Object> fields, String statement) {
        Map<String, Object> all = new LinkedHashMap<>(fields);
        all.put("table", schema.name());
        try {
            return new Both(
                    RecordJson.read(JSON.writeValueAsString(Map.of(operation, all)), ChangeSpec.class), statement);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
